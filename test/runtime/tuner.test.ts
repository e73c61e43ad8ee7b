// The tuner: how it decides, what it remembers and forgets, and that a load takes what is remembered.
import { describe, expect, it } from 'vitest'
import { createEngine, fromNumbers } from '../../src/index.ts'
import { memoryCache } from '../../src/runtime/cache.ts'
import { IsobathError } from '../../src/runtime/error.ts'
import { decide, type Stopwatch, type Trial } from '../../src/runtime/gpu/tuner.ts'
import {
  chooser,
  openChoices,
  readWinners,
  tableKey,
  type Winner,
  writeWinners,
} from '../../src/runtime/gpu/winners.ts'
import type { Program } from '../../src/runtime/op.ts'
import { openDevice } from '../harness/gpu.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const candidates = ['subgroup', 'register', 'tiled:32x32x16/64']
const winner = (chosen: string, names: readonly string[] = candidates): Winner => ({
  candidates: names,
  chosen,
  microseconds: { [chosen]: 1 },
})

/** A trial whose programs are their variants' names, and a stopwatch that reads times from a table. */
const trial: Trial = { key: 'k', candidates, compile: (variant) => variant as unknown as Program }
const stopwatch = (times: Record<string, number | Error>, seen: [string, number][] = []): Stopwatch => {
  return async (program, best) => {
    const variant = program as unknown as string
    seen.push([variant, best])
    const time = times[variant]
    if (typeof time === 'number') return time
    throw time
  }
}

describe('deciding', () => {
  it('takes the fastest, and tells each the best before it', async () => {
    const seen: [string, number][] = []
    const times = { subgroup: 10, register: 5, 'tiled:32x32x16/64': 8 }
    expect(await decide(trial, stopwatch(times, seen))).toEqual({ candidates, chosen: 'register', microseconds: times })
    expect(seen).toEqual([
      ['subgroup', Number.POSITIVE_INFINITY],
      ['register', 10],
      ['tiled:32x32x16/64', 5],
      ['subgroup', Number.POSITIVE_INFINITY],
      ['register', Number.POSITIVE_INFINITY],
    ])
  })

  it('measures the fastest and the rule’s choice once more, side by side', async () => {
    // The machine was busy while the rule's choice was measured first.
    const readings: Record<string, number[]> = { subgroup: [20, 6], register: [10, 9], 'tiled:32x32x16/64': [30] }
    const time: Stopwatch = async (program) => readings[program as unknown as string].shift()!
    const found = await decide(trial, time)
    expect(found?.chosen).toBe('subgroup')
    expect(found?.microseconds).toEqual({ subgroup: 6, register: 9, 'tiled:32x32x16/64': 30 })
  })

  it('keeps the rule’s choice where another is hardly faster', async () => {
    const times = { subgroup: 10, register: 9.8, 'tiled:32x32x16/64': 10 }
    expect((await decide(trial, stopwatch(times)))?.chosen).toBe('subgroup')
  })

  it('decides the same from the same times', async () => {
    const times = { subgroup: 10, register: 4, 'tiled:32x32x16/64': 4 }
    const chosen = await Promise.all(
      Array.from({ length: 5 }, async () => (await decide(trial, stopwatch(times)))?.chosen),
    )
    expect(new Set(chosen)).toEqual(new Set(['register']))
  })

  it('leaves out what the adapter refuses, and nothing else', async () => {
    const refused = new IsobathError('limit', 'too many invocations')
    const times = { subgroup: refused, register: 4, 'tiled:32x32x16/64': 8 }
    expect(await decide(trial, stopwatch(times))).toEqual({
      candidates,
      chosen: 'register',
      microseconds: { register: 4, 'tiled:32x32x16/64': 8 },
    })
    const all = { subgroup: refused, register: refused, 'tiled:32x32x16/64': refused }
    expect(await decide(trial, stopwatch(all))).toBeUndefined()
    const lost = { ...times, register: new IsobathError('device', 'the device was lost') }
    await expect(decide(trial, stopwatch(lost))).rejects.toThrow('the device was lost')
  })
})

describe('what is open', () => {
  const choice = (key: string, names: string[]) => ({ key, candidates: names, chosen: names[0] })

  it('is each key once, where there is something to choose and nothing known', () => {
    const choices = [
      choice('a', ['x', 'y']),
      choice('a', ['x', 'y']),
      choice('b', ['x']),
      undefined,
      choice('c', ['x', 'y']),
    ]
    const known = new Map([['c', winner('y', ['x', 'y'])]])
    expect(openChoices(choices, known).map((c) => c.key)).toEqual(['a'])
  })

  it('is measured again where the candidates have changed', () => {
    const known = new Map([['a', winner('y', ['x', 'y'])]])
    expect(chooser(known)('a', ['x', 'y'])).toBe('y')
    expect(chooser(known)('a', ['x', 'y', 'z'])).toBeUndefined()
    expect(chooser(known)('a', ['y', 'x'])).toBeUndefined()
    expect(openChoices([choice('a', ['x', 'y', 'z'])], known)).toHaveLength(1)
  })
})

describe('the table', () => {
  const info = { vendor: 'v', architecture: 'a', device: 'd', description: 'driver 1' } as GPUAdapterInfo

  it('is another for another adapter, driver, platform or set of kernels', () => {
    const keys = [
      tableKey(info, 'p', 'k'),
      ...(['vendor', 'architecture', 'device', 'description'] as const).map((f) =>
        tableKey({ ...info, [f]: 'x' }, 'p', 'k'),
      ),
      tableKey(info, 'q', 'k'),
      tableKey(info, 'p', 'l'),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('is read back, and added to', async () => {
    const cache = memoryCache()
    await writeWinners(cache, 'k', new Map([['a', winner('register')]]))
    await writeWinners(cache, 'k', new Map([['b', winner('subgroup')]]))
    expect(await readWinners(cache, 'k')).toEqual(
      new Map([
        ['a', winner('register')],
        ['b', winner('subgroup')],
      ]),
    )
    expect(await readWinners(cache, 'other')).toEqual(new Map())
  })

  it.each(['', 'no JSON', '[]', 'null', '3', '{"a":null,"b":{"candidates":["x"],"chosen":"y","microseconds":{}}}'])(
    'counts as empty where it is broken: %s',
    async (text) => {
      const cache = memoryCache()
      await cache.set('k', text)
      expect(await readWinners(cache, 'k')).toEqual(new Map())
    },
  )
})

describe('a load', () => {
  const model = writeOnnx({
    nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'], name: '/product' }],
    inputs: [{ name: 'x', shape: [3, 4] }],
    outputs: [{ name: 'y', shape: [3, 4] }],
    constants: { w: { shape: [4, 4], values: Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 2 : 0)) } },
  })
  const x = fromNumbers(
    'float32',
    [3, 4],
    Array.from({ length: 12 }, (_, i) => i),
  )
  const doubled = Array.from({ length: 12 }, (_, i) => 2 * i)

  async function load(cache = memoryCache(), tune = false) {
    const lines: string[] = []
    const { device } = await openDevice()
    const engine = await createEngine({ device, cache, precision: 'f32', debug: 2, log: (line) => lines.push(line) })
    const stages: string[] = []
    const session = await engine.load(model, { tune, onProgress: (e) => stages.push(e.stage) })
    const { y } = await session.run({ x })
    const { tuning } = session.stats
    engine.destroy()
    return { y: [...y.data], tuning, stages, log: lines.join('\n') }
  }

  it('measures once, then takes the winner without measuring', async (context) => {
    const texts = new Map<string, string>()
    const cache = { get: async (k: string) => texts.get(k), set: async (k: string, t: string) => void texts.set(k, t) }
    expect((await load(cache)).tuning).toMatchObject({ decided: 0, measured: 0 })
    const tuned = await load(cache, true)
    expect(tuned.y).toEqual(doubled)
    // Software adapters without subgroups have one variant.
    if (!texts.size) return context.skip()
    expect(tuned.stages).toContain('tune')
    expect(tuned.tuning.measured).toBe(tuned.tuning.decided)
    const [[key, text]] = [...texts]
    const [product, entry] = Object.entries(JSON.parse(text) as Record<string, Winner>)[0]
    expect(Object.keys(entry.microseconds).sort()).toEqual([...entry.candidates].sort())

    // Each candidate in turn is declared the winner: the load obeys.
    const logs = new Set<string>()
    for (const chosen of entry.candidates) {
      texts.set(key, JSON.stringify({ [product]: { ...entry, chosen } }))
      const again = await load(cache, true)
      expect(again.y).toEqual(doubled)
      expect(again.tuning).toMatchObject({ decided: 1, measured: 0 })
      logs.add(again.log)
    }
    expect(logs.size).toBe(entry.candidates.length)
  })

  it('goes by the rule where the file is broken', async () => {
    const broken = { get: async () => '{"product', set: async () => {} }
    const { y, tuning } = await load(broken)
    expect(y).toEqual(doubled)
    expect(tuning.decided).toBe(0)
  })
})
