import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { formatBytes, formatCount, formatTable, splitPair } from '../../src/node/cli/common.ts'
import { groupLayers } from '../../src/node/cli/info.ts'
import { createProgress } from '../../src/node/cli/progress.ts'
import { axesFromFeeds, matchFiles } from '../../src/node/cli/run.ts'
import { fromNumbers } from '../../src/runtime/tensor.ts'

const port = (name: string, shape: (number | string)[]) => ({ name, dtype: 'float32' as const, shape })
const zeros = (...shape: number[]) => fromNumbers('float32', shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0))

describe('groupLayers', () => {
  const dispatches = (...names: string[]) => names.map((node) => ({ node }))

  it('counts the dispatches of each numbered layer', () => {
    const list = dispatches(
      ...[0, 1, 10].flatMap((i) => [`/m/encoder/layer.${i}/attention/MatMul`, `/m/encoder/layer.${i}/mlp/Add`]),
      '/m/encoder/layer.0/extra',
      '/blocks.0/Conv',
      '/head/conv1/Conv',
      '/blocks/blocks.0/a',
      '/blocks/blocks.1/a',
    )
    expect(groupLayers(list)).toEqual([
      { layer: '/m/encoder/layer.*', count: 3, dispatches: [2, 3] },
      { layer: '/blocks/blocks.*', count: 2, dispatches: [1, 1] },
    ])
  })
})

describe('feeds', () => {
  it('are matched with inputs', () => {
    expect(matchFiles({ '': 'a.npy' }, [port('x', [1])], [])).toEqual({ x: 'a.npy' })
    expect(matchFiles({ '': 'a.npy' }, [port('x', [1]), port('c', [1])], ['c'])).toEqual({ x: 'a.npy' })
    expect(() => matchFiles({ '': 'a.npy' }, [port('x', [1]), port('z', [1])], [])).toThrow(
      /the model has 2 inputs; say which one "a\.npy" is, as -i NAME=a\.npy/,
    )
    expect(() => matchFiles({ x: 'a.npy' }, [port('x', [1]), port('z', ['n'])], [])).toThrow(
      /no file is given for these inputs .*\n {2}"z" float32 \[n\]$/,
    )
  })

  it('give the axes', () => {
    const ports = [port('x', ['n', 3, 'h']), port('z', ['h'])]
    expect(axesFromFeeds(ports, { x: zeros(2, 3, 5), z: zeros(5) }, { n: 2 })).toEqual({ n: 2, h: 5 })
    expect(() => axesFromFeeds(ports, { x: zeros(2, 3, 5), z: zeros(4) }, {})).toThrow(
      'axis h is 5 in another input, and 4 in the file for "z" [4]',
    )
    expect(() => axesFromFeeds(ports, { x: zeros(2, 3), z: zeros(4) }, {})).toThrow(/its file holds \[2, 3\]/)
  })
})

describe('text', () => {
  it('splits pairs at the first sign', () => {
    expect(splitPair('a=b=c', '-i', 'NAME=FILE')).toEqual(['a', 'b=c'])
    expect(splitPair('file', '-i', 'NAME=FILE', true)).toEqual(['', 'file'])
    expect(() => splitPair('file', '-i', 'NAME=FILE')).toThrow('option -i takes NAME=FILE, not "file"')
  })

  it('formats numbers and tables', () => {
    expect([0, 1023, 1536, 5 << 20, 3 * 2 ** 30].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '5.0 MiB',
      '3.0 GiB',
    ])
    expect([9999, 12345, 24_640_000].map(formatCount)).toEqual(['9999', '12.3 k', '24.64 M'])
    expect(
      formatTable(
        [
          [1, 'a'],
          [10, 'bc'],
        ],
        '',
      ),
    ).toBe(' 1  a\n10  bc')
  })
})

describe('progress', () => {
  const written = (tty: boolean, steps: (p: ReturnType<typeof createProgress>) => void) => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
    const stream = Object.assign(new PassThrough(), { isTTY: tty, columns: 80 })
    steps(createProgress(stream as unknown as NodeJS.WriteStream))
    vi.useRealTimers()
    return String(stream.read() ?? '')
  }

  it('is silent for a second', () => {
    const text = written(true, (p) => {
      p.say('a')
      vi.advanceTimersByTime(999)
      p.end()
      vi.advanceTimersByTime(9999)
    })
    expect(text).toBe('')
  })

  it('rewrites one line on a terminal and takes it away', () => {
    const text = written(true, (p) => {
      p.say('early')
      vi.advanceTimersByTime(1001)
      p.say('skipped')
      p.onLoad({ stage: 'upload', done: 1, total: 2 })
      vi.advanceTimersByTime(1001)
      p.end()
    })
    expect(text).toBe('\r\x1b[Kearly\r\x1b[Kuploading weights 50 %\r\x1b[K')
  })

  it('prints a line now and then elsewhere', () => {
    const text = written(false, (p) => {
      for (let i = 0; i < 8; i++) {
        p.onLoad({ stage: 'pipelines', done: i, total: 8 })
        vi.advanceTimersByTime(1000)
      }
      p.end()
    })
    expect(text).toBe('compiling shaders 0 %\ncompiling shaders 62 %\n')
  })
})
