import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openEngine } from '../../src/node/index.ts'
import { fromNumbers, numbers } from '../../src/runtime/tensor.ts'
import { reluModel } from './onnx.ts'

describe('openEngine', () => {
  it('opens several engines on one instance', async () => {
    const engines = await Promise.all([openEngine(), openEngine({ precision: 'f32' })])
    for (const engine of engines) {
      const session = await engine.load(reluModel(), { axes: { batch: 1 } })
      const { y } = await session.run({ x: fromNumbers('float32', [1, 4], [-1, 2, -3, 4]) })
      expect([...numbers(y)]).toEqual([0, 2, 0, 4])
      engine.destroy()
    }
    const device = await openEngine()
    expect(device.caps.limits.maxBufferSize).toBeGreaterThan(0)
    device.destroy()
  })

  it('lets the process end, also with an engine in hand', () => {
    const index = fileURLToPath(new URL('../../dist/node/index.js', import.meta.url))
    const code = `
      import { openEngine } from ${JSON.stringify(index)}
      globalThis.engine = await openEngine()
      if (process.argv[1] === 'destroy') engine.destroy()
      console.log('opened')`
    for (const what of ['destroy', 'keep']) {
      const r = spawnSync(process.execPath, ['--input-type=module', '-e', code, what], {
        encoding: 'utf8',
        timeout: 60_000,
      })
      expect([what, r.status, r.signal, r.stdout]).toEqual([what, 0, null, 'opened\n'])
    }
  })
})
