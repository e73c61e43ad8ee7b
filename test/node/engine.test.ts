import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { debugOptions } from '../../src/node/dawn.ts'
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

describe('the environment', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('sets the debug level and the comparison with the twins', () => {
    expect(debugOptions({})).toEqual({})
    expect(debugOptions({ ISOBATH_DEBUG: '', ISOBATH_CHECK: '' })).toEqual({})
    expect(debugOptions({ ISOBATH_DEBUG: '3', ISOBATH_CHECK: '1' })).toEqual({ debug: 3, check: true })
    expect(debugOptions({ ISOBATH_DEBUG: '0', ISOBATH_CHECK: '0' })).toEqual({ debug: 0, check: false })
    expect(() => debugOptions({ ISOBATH_DEBUG: '6' })).toThrow('ISOBATH_DEBUG is a level from 0 to 5, not "6"')
    expect(() => debugOptions({ ISOBATH_DEBUG: 'all' })).toThrow('ISOBATH_DEBUG is a level from 0 to 5, not "all"')
    expect(() => debugOptions({ ISOBATH_CHECK: 'yes' })).toThrow('ISOBATH_CHECK is 0 or 1, not "yes"')
  })

  it('reaches the engine, and options go before it', async () => {
    vi.stubEnv('ISOBATH_DEBUG', '5')
    vi.stubEnv('ISOBATH_CHECK', '1')
    const told = async (options: Parameters<typeof openEngine>[0]) => {
      const lines: string[] = []
      const engine = await openEngine({ log: (line) => void lines.push(line), ...options })
      const session = await engine.load(reluModel(), { axes: { batch: 1 } })
      await session.run({ x: fromNumbers('float32', [1, 4], [-1, 2, -3, 4]) })
      engine.destroy()
      return lines.join('\n')
    }
    const all = await told({})
    for (const text of ['memory: values', 'pointwise(', 'fn main', 'min 0 max 4']) expect(all).toContain(text)
    expect(await told({ debug: 1 })).not.toContain('fn main')
    expect(await told({ debug: 0 })).toBe('')
  })
})
