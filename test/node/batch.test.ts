// Inputs, the pipeline over them, pairs of predictions and truth, and tables.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findInputs, globPattern, parseShard } from '../../src/node/cli/inputs.ts'
import { parseCalibration, parseScale } from '../../src/node/cli/meaning.ts'
import { runPipeline } from '../../src/node/cli/pipeline.ts'
import { formatBatch, formatDuration } from '../../src/node/cli/progress.ts'
import { parseKnown, parseRefine } from '../../src/node/cli/refine.ts'
import { pairFiles, readPairs } from '../../src/node/eval/pairs.ts'
import { formatErrors } from '../../src/node/eval/table.ts'
import { IsobathError } from '../../src/runtime/error.ts'
import { scratch } from './files.ts'

const files = scratch()
const make = (folder: string, names: string[]) => {
  for (const name of names) {
    const path = join(files.at(folder), name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, 'x')
  }
  return files.at(folder)
}

describe('findInputs', () => {
  const folder = make('photos', [
    'b.JPG',
    'a.png',
    'notes.txt',
    '.hidden.png',
    'sub/a.png',
    'sub/deep/c.webp',
    '.git/d.png',
  ])
  symlinkSync(join(folder, 'a.png'), join(folder, 'z.png'))
  const names = (...args: Parameters<typeof findInputs>) => findInputs(...args).map((i) => i.name)

  it('takes a file whatever its ending', () => {
    expect(findInputs([join(folder, 'notes.txt')])).toEqual([{ path: join(folder, 'notes.txt'), name: 'notes' }])
    expect(names([files.at('nowhere.png')])).toEqual(['nowhere'])
  })

  it('searches folders, and keeps those below', () => {
    expect(names([folder])).toEqual(['a', 'b', 'sub/a', 'sub/deep/c', 'z'])
    expect(() => findInputs([make('empty', ['notes.txt'])])).toThrow(
      /the folder ".*empty" holds no file of these: \.jpg/,
    )
  })

  it('matches globs', () => {
    expect(names([`${folder}/*.png`])).toEqual(['a', 'z'])
    expect(names([`${folder}/**/*.{png,webp}`])).toEqual(['a', 'sub/a', 'sub/deep/c', 'z'])
    expect(names([`${folder}/s?b/[a-b].png`])).toEqual(['sub/a'])
    expect(() => findInputs([`${folder}/*.gif`])).toThrow(/no file matches ".*\*\.gif"/)
  })

  it('has patterns of the shell', () => {
    const matches = (glob: string, path: string) => globPattern(glob).test(path)
    expect(matches('a/**/b.png', 'a/b.png')).toBe(true)
    expect(matches('a/**/b.png', 'a/x/y/b.png')).toBe(true)
    expect(matches('a/*.png', 'a/x/b.png')).toBe(false)
    expect(matches('a+(1).p,g', 'a+(1).p,g')).toBe(true)
    expect(matches('[!ab].png', 'c.png')).toBe(true)
    expect(matches('[!ab].png', 'a.png')).toBe(false)
  })

  it('reads lists, below what their folders have in common', () => {
    const list = files.put('list.txt', `# two photos\n${folder}/a.png\r\n\n${folder}/sub/deep/c.webp\n`)
    expect(names([], { list })).toEqual(['a', 'sub/deep/c'])
    expect(() => findInputs([], { list: files.put('none.txt', '# none\n') })).toThrow(/the list ".*none\.txt" is empty/)
    expect(() => findInputs([], { list: files.at('no.txt') })).toThrow(/there is no list/)
    expect(() => findInputs([])).toThrow('name a photo, a folder or a glob, or give --list')
  })

  it('tells equal names apart', () => {
    const twins = make('twins', ['a.png', 'a.jpg', 'b.png'])
    expect(names([twins])).toEqual(['a.jpg', 'a.png', 'b'])
    expect(names([join(folder, 'a.png'), join(folder, 'a.png')])).toEqual(['a'])
    expect(() => findInputs([join(folder, 'a.png'), join(folder, 'sub/a.png')])).toThrow(
      /would have results of one name, "a\.png": give the folder that holds both/,
    )
  })

  it('shares the inputs out', () => {
    const shares = [0, 1].map((i) => names([folder], { shard: `${i}/2` }))
    expect(shares).toEqual([
      ['a', 'sub/a', 'z'],
      ['b', 'sub/deep/c'],
    ])
    for (const bad of ['2/2', '1', '-1/2', '0/0', 'a/b'])
      expect(() => parseShard(bad)).toThrow('option --shard takes i/n')
  })
})

describe('runPipeline', () => {
  it('loads the next and stores the last while it works', async () => {
    const events: string[] = []
    const busy = new Set<string>()
    const together = new Set<string>()
    const step = async (what: string, i: number, ms: number) => {
      busy.add(what)
      if (busy.size > 1) together.add([...busy].sort().join('+'))
      await sleep(ms)
      busy.delete(what)
      events.push(`${what}${i}`)
      return i
    }
    await runPipeline([0, 1, 2, 3, 4], {
      load: (i) => step('load', i, 4),
      work: (i) => step('work', i, 8),
      store: async (i) => void (await step('store', i, 12)),
      failed: () => events.push('failed'),
    })
    expect(events.filter((e) => e.startsWith('work'))).toEqual([0, 1, 2, 3, 4].map((i) => `work${i}`))
    expect(events.filter((e) => e.startsWith('store'))).toHaveLength(5)
    expect([...together].some((t) => t.includes('store+work'))).toBe(true)
    expect(events.indexOf('load1')).toBeLessThan(events.indexOf('work0'))
  })

  it('goes on after a failure in any step', async () => {
    const failures: [number, string][] = []
    const stored: number[] = []
    const fail = (what: string) => {
      throw new IsobathError('input', what)
    }
    await runPipeline([0, 1, 2, 3], {
      load: async (i) => (i === 0 ? fail('load') : i),
      work: async (i) => (i === 1 ? fail('work') : i),
      store: async (i) => void (i === 2 ? fail('store') : stored.push(i)),
      failed: (i, e) => failures.push([i, (e as Error).message]),
    })
    expect(failures.sort()).toEqual([
      [0, 'load'],
      [1, 'work'],
      [2, 'store'],
    ])
    expect(stored).toEqual([3])
  })

  it('ends with what every item would meet', async () => {
    const worked: number[] = []
    const stored: number[] = []
    const run = runPipeline([0, 1, 2, 3], {
      load: async (i) => i,
      work: async (i) => {
        worked.push(i)
        if (i === 1) throw new IsobathError('device', 'the GPU is gone')
        return i
      },
      store: async (i) => void stored.push(i),
      failed: () => {},
    })
    await expect(run).rejects.toThrow('the GPU is gone')
    expect([worked, stored]).toEqual([[0, 1], [0]])
  })
})

describe('pairs', () => {
  const extensions = { files: ['.npy', '.png'], truths: ['.png'] }
  const pair = (a: string, b: string, partial = false) =>
    pairFiles(a, b, extensions, partial).map(({ name, file, truth }) => [
      name,
      file.slice(a.length),
      truth.slice(b.length),
    ])

  it('are of one path, or of one name', () => {
    const predictions = make('pred', ['x/1.depth.npy', 'x/2.depth16.png', 'y/1.npy'])
    expect(pair(predictions, make('gt', ['x/1.png', 'x/2.png', 'y/1.png']))).toEqual([
      ['x/1', '/x/1.depth.npy', '/x/1.png'],
      ['x/2', '/x/2.depth16.png', '/x/2.png'],
      ['y/1', '/y/1.npy', '/y/1.png'],
    ])
    expect(pair(make('flat', ['7.npy', '8.npy']), make('nested', ['a/7.png', 'b/8.png']))).toEqual([
      ['a/7', '/7.npy', '/a/7.png'],
      ['b/8', '/8.npy', '/b/8.png'],
    ])
    const [one, other] = [files.put('one.npy', ''), files.put('other.png', '')]
    expect(pairFiles(one, other, extensions)).toEqual([{ name: 'one', file: one, truth: other }])
  })

  it('take the most exact file that holds numbers', () => {
    const results = make('results', ['1.depth.png', '1.side.png', '1.depth16.png', '2.depth16.png', '2.depth.npy'])
    expect(pair(results, make('two', ['1.png', '2.png'])).map((p) => p[1])).toEqual(['/1.depth16.png', '/2.depth.npy'])
  })

  it('must be complete, unless a part is asked for', () => {
    const [some, all] = [make('some', ['1.npy']), make('all', ['1.png', '2.png'])]
    expect(() => pair(some, all)).toThrow(
      /1 of 2 truths have no partner in ".*some", the first is ".*2\.png"; --partial/,
    )
    expect(pair(some, all, true)).toHaveLength(1)
    expect(() => pair(make('strange', ['z.npy']), all)).toThrow(/nothing in ".*strange" has the name of a truth in/)
    expect(() => pair(make('double', ['1.npy', '1.depth.npy']), all, true)).toThrow('would both be "1"')
  })

  it('stand in lists', () => {
    expect(readPairs(files.put('pairs.txt', '# image truth\na b/1.png c.png\n'.replace('a b', 'ab')))).toEqual([
      { name: 'ab/1', file: 'ab/1.png', truth: 'c.png' },
    ])
    expect(readPairs(files.put('tabs.txt', 'my photo.png\tmy truth.png\n'))[0].file).toBe('my photo.png')
    expect(() => readPairs(files.put('bad.txt', 'only.png\n'))).toThrow('has in each line a file and its truth')
  })
})

describe('tables', () => {
  const errors = {
    absRel: 0.1234,
    sqRel: 1,
    rmse: 2.5,
    rmseLog: 0.2,
    log10: 0.05,
    silog: 18.126,
    delta1: 0.9,
    delta2: 0.98,
    delta3: 1,
  }
  const rows = [
    { name: 'a_1', errors, pixels: 10 },
    { name: 'mean', errors },
  ]

  it('paste into Markdown, CSV and LaTeX', () => {
    expect(formatErrors(rows, 'markdown')).toMatchInlineSnapshot(`
      "| image    |  AbsRel ↓ |   SqRel ↓ |    RMSE ↓ | RMSE log ↓ |   log10 ↓ |   SILog ↓ | δ < 1.25 ↑ | δ < 1.25² ↑ | δ < 1.25³ ↑ |
      | -------- | --------: | --------: | --------: | ---------: | --------: | --------: | ---------: | ----------: | ----------: |
      | a_1      |     0.123 |     1.000 |     2.500 |      0.200 |     0.050 |     18.13 |      0.900 |       0.980 |       1.000 |
      | **mean** | **0.123** | **1.000** | **2.500** |  **0.200** | **0.050** | **18.13** |  **0.900** |   **0.980** |   **1.000** |"
    `)
    expect(formatErrors(rows, 'csv')).toMatchInlineSnapshot(`
      "image,absRel,sqRel,rmse,rmseLog,log10,silog,delta1,delta2,delta3,pixels
      a_1,0.1234,1,2.5,0.2,0.05,18.126,0.9,0.98,1,10
      mean,0.1234,1,2.5,0.2,0.05,18.126,0.9,0.98,1,"
    `)
    expect(formatErrors(rows, 'latex')).toMatchInlineSnapshot(`
      "\\begin{tabular}{lccccccccc}
      \\toprule
       & AbsRel $\\downarrow$ & SqRel $\\downarrow$ & RMSE $\\downarrow$ & RMSE log $\\downarrow$ & $\\log_{10}$ $\\downarrow$ & SILog $\\downarrow$ & $\\delta<1.25$ $\\uparrow$ & $\\delta<1.25^2$ $\\uparrow$ & $\\delta<1.25^3$ $\\uparrow$ \\\\
      \\midrule
      a\\_1 & 0.123 & 1.000 & 2.500 & 0.200 & 0.050 & 18.13 & 0.900 & 0.980 & 1.000 \\\\
      \\midrule
      mean & 0.123 & 1.000 & 2.500 & 0.200 & 0.050 & 18.13 & 0.900 & 0.980 & 1.000 \\\\
      \\bottomrule
      \\end{tabular}"
    `)
  })
})

describe('meanings', () => {
  it('are scales by name, number and fraction', () => {
    expect(['kitti', '0.001', '1/5000'].map((t) => parseScale(t, '--x'))).toEqual([1 / 256, 0.001, 1 / 5000])
    for (const bad of ['', '0', '-1', '1/0', 'x', '1/2/3'])
      expect(() => parseScale(bad, '--x')).toThrow('option --x takes')
  })

  it('are Middlebury’s calibration', () => {
    const calib =
      'cam0=[3979.911 0 1244.772; 0 3979.911 1019.507; 0 0 1]\ncam1=[1 0 0]\ndoffs=124.343\nbaseline=193.001\n'
    expect(parseCalibration(calib, 'c')).toEqual({ focal: 3979.911, doffs: 124.343, baseline: 0.193001 })
    expect(() => parseCalibration('doffs=1', 'c.txt')).toThrow('the calibration "c.txt" has no cam0')
  })
})

describe('known points', () => {
  it('are x, y and metres', () => {
    expect(parseKnown('# a comment\n1.5 2 3.25\n\n4,5,6 # another\n', 'k')).toEqual([
      { x: 1.5, y: 2, metres: 3.25 },
      { x: 4, y: 5, metres: 6 },
    ])
    expect(() => parseKnown('1 2\n', 'k.txt')).toThrow('"k.txt" has x, y and metres in each line, not "1 2"')
    expect(() => parseKnown('#\n', 'k.txt')).toThrow('"k.txt" holds no point')
    expect(() => parseRefine({ clean: 'wash' })).toThrow('option --clean takes remove, snap, not "wash"')
  })
})

describe('progress', () => {
  it('tells rate and remaining time', () => {
    expect(formatBatch(0, 10, 0, 'photo')).toBe('0/10')
    expect(formatBatch(12, 340, 4, 'photo')).toBe('12/340, 3.0 photos/s, 1:49 left')
    expect(formatBatch(2, 10, 5, 'photo')).toBe('2/10, 2.5 s/photo, 0:20 left')
    expect([59.6, 3600, 36615].map(formatDuration)).toEqual(['1:00', '1:00:00', '10:10:15'])
  })
})
