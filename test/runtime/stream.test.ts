// Several runs under way at once: order, results, failures, and that no run waits for one that never comes.
import { describe, expect, it } from 'vitest'
import { createEngine, fromNumbers, type Session, type Tensor } from '../../src/index.ts'
import { IN_FLIGHT, streamRuns } from '../../src/runtime/gpu/readback.ts'
import { openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const model = writeOnnx({
  nodes: [{ op: 'Mul', inputs: ['x', 'two'], outputs: ['y'], name: '/double' }],
  inputs: [{ name: 'x', shape: [3] }],
  outputs: [{ name: 'y', shape: [3] }],
  constants: { two: { shape: [1], values: [2] } },
})

const feed = (value: number) => ({ x: fromNumbers('float32', [3], [value, value + 1, value + 2]) })
const doubled = (value: number) => [2 * value, 2 * value + 2, 2 * value + 4]
const values = (outputs: Record<string, Tensor>) => [...outputs.y.data].map(Number)
const many = Array.from({ length: 9 }, (_, i) => 10 * i)

async function withSession(use: (session: Session) => Promise<void>): Promise<void> {
  const { device, errors } = await openDevice()
  const engine = await createEngine({ device, precision: 'f32' })
  try {
    await use(await engine.load(model))
    expect(errors).toEqual([])
  } finally {
    engine.destroy()
  }
}

describe('runs at once', () => {
  it('give each caller its own results, in the order of the calls', () =>
    withSession(async (session) => {
      const ended: number[] = []
      const results = await Promise.all(
        many.map(async (v) => {
          const outputs = await session.run(feed(v))
          ended.push(v)
          return values(outputs)
        }),
      )
      expect(results).toEqual(many.map(doubled))
      expect(ended).toEqual(many)
    }))

  it('go on after one that was refused', () =>
    withSession(async (session) => {
      const before = session.run(feed(1))
      await expect(session.run({ x: fromNumbers('float32', [2], [1, 2]) })).rejects.toThrow('shape')
      const after = many.map((v) => session.run(feed(v)))
      expect(values(await before)).toEqual(doubled(1))
      expect((await Promise.all(after)).map(values)).toEqual(many.map(doubled))
    }))

  it('wait for a profile, and it for them', () =>
    withSession(async (session) => {
      const before = session.run(feed(1))
      const profile = session.profile(feed(2), { runs: 1, warmup: 1 })
      const after = session.run(feed(3))
      expect(values(await before)).toEqual(doubled(1))
      expect((await profile).rows).toHaveLength(1)
      expect(values(await after)).toEqual(doubled(3))
    }))

  it('fail where the session is destroyed meanwhile', () =>
    withSession(async (session) => {
      const runs = many.map((v) => session.run(feed(v)))
      session.destroy()
      const states = await Promise.allSettled(runs)
      expect(states.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'device' } })
    }))
})

describe('a stream', () => {
  it('gives the outputs in the order of the feeds', () =>
    withSession(async (session) => {
      const seen: number[][] = []
      for await (const outputs of session.stream(many.map(feed))) seen.push(values(outputs))
      expect(seen).toEqual(many.map(doubled))
    }))

  it('takes feeds as they come, and no more than it needs', () =>
    withSession(async (session) => {
      let asked = 0
      async function* frames() {
        for (;;) yield feed(asked++)
      }
      for await (const outputs of session.stream(frames())) {
        expect(values(outputs)).toEqual(doubled(0))
        break
      }
      expect(asked).toBe(IN_FLIGHT)
    }))

  it('ends at a run that fails', async () => {
    const started: number[] = []
    const run = async (v: number) => {
      started.push(v)
      if (v === 2) throw new Error('no')
      return v
    }
    const seen: number[] = []
    const consume = async () => {
      for await (const v of streamRuns([0, 1, 2, 3, 4, 5], run)) seen.push(v)
    }
    await expect(consume()).rejects.toThrow('no')
    expect(seen).toEqual([0, 1])
    expect(started).toEqual([0, 1, 2, 3])
  })

  it('of no feeds gives nothing', async () => {
    const seen: number[] = []
    for await (const v of streamRuns([] as number[], async (f) => f)) seen.push(v)
    expect(seen).toEqual([])
  })
})
