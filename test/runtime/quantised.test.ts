// A platform that quantises timestamps, as browsers do: Dawn with its toggle left on, in a process of its own.
import { describe, expect, it, vi } from 'vitest'
import { create, globals } from 'webgpu'
import { createEngine, fromNumbers } from '../../src/index.ts'
import { requestDevice } from '../../src/runtime/gpu/device.ts'
import { Timestamps } from '../../src/runtime/gpu/timestamps.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

Object.assign(globalThis, globals)

// Dawn lives as long as this object.
const gpu = create(['enable-dawn-features=timestamp_quantization'])

/** Lets the first `count` readings tell one step of the clock, however long a busy machine took. */
function shorten(count: number) {
  const { read } = Timestamps.prototype
  let done = 0
  vi.spyOn(Timestamps.prototype, 'read').mockImplementation(async function (this: Timestamps) {
    const ticks = await read.call(this)
    return ++done > count ? ticks : Float64Array.of(0, this.quantum)
  })
}

describe('quantised timestamps', () => {
  it('are noticed, and short calls repeated to get under the step', async (t) => {
    const device = await requestDevice({ gpu })
    if (!device.features.has('timestamp-query')) t.skip('the adapter has no timestamp-query')
    const engine = await createEngine({
      device,
      cache: { get: async () => '{"bandwidth":1e10,"f32":1e10,"f16":1e10}', set: async () => {} },
    })
    const session = await engine.load(
      writeOnnx({
        nodes: [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], name: '/s' }],
        inputs: [{ name: 'x', shape: [2, 5] }],
        outputs: [{ name: 'y', shape: [2, 5] }],
      }),
    )
    const warmup = 3
    shorten(warmup)
    const p = await session.profile(
      { x: fromNumbers('float32', [2, 5], [1, 2, 3, 4, 5, 5, 4, 3, 2, 1]) },
      { runs: 3, warmup },
    )
    expect(p.quantum % 65536).toBe(0)
    expect(p.rows[0].repeats).toBe(20)
    // The pass took whole steps; a call is told more finely.
    const steps = (p.rows[0].median * p.rows[0].repeats * 1000) / p.quantum
    expect(steps).toBeCloseTo(Math.round(steps), 6)
    expect(p.notes[0]).toContain('in steps of')
    engine.destroy()
    device.destroy()
  })
})
