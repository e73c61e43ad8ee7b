// What the benchmark computes from its measurements; the measuring itself needs packages of its own.
import { expect, test } from 'vitest'
import { ratios } from '../../bench/lib/measure.mjs'
import { geometricMean, median, relativeError, worstError } from '../../bench/lib/numbers.mjs'
import { formatOptions, parseOptions } from '../../bench/lib/peers.mjs'
import { formatGraph, formatRatios, table } from '../../bench/lib/report.mjs'

const output = (...data: number[]) => ({ dtype: 'float32', shape: [data.length], data: Float32Array.from(data) })

const entrant = (engine: string, median: number, first: number) => ({
  engine,
  median,
  least: median,
  cpu: 2 * median,
  first: { total: first, cpu: first, device: 0, load: first / 2, run: first / 2 },
  error: 0,
})

test('median of odd and even counts', () => {
  expect(median([5, 1, 3])).toBe(3)
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('geometric mean', () => {
  expect(geometricMean([1, 4, 16])).toBeCloseTo(4)
})

test('relative error is that of the deviation from the mean', () => {
  expect(relativeError(output(1, 2, 3), output(1, 2, 3))).toBe(0)
  expect(relativeError(output(1, 2, 4), output(1, 2, 3))).toBeCloseTo(Math.SQRT1_2)
})

test('what is not finite, of another size or missing does not agree', () => {
  expect(relativeError(output(1, Number.NaN, 3), output(1, 2, 3))).toBe(Infinity)
  expect(relativeError(output(1, 2), output(1, 2, 3))).toBe(Infinity)
  expect(worstError({ a: output(1, 2) }, { a: output(1, 2), b: output(1, 2) })).toBe(Infinity)
})

test('ratios leave out graphs where either side failed', () => {
  const results = [
    { graph: 'a', engines: [entrant('isobath', 10, 100), entrant('webgpu', 40, 50)] },
    { graph: 'b', engines: [entrant('isobath', 10, 100), entrant('webgpu', 10, 200)] },
    { graph: 'c', engines: [entrant('isobath', 10, 100), { engine: 'webgpu', failure: 'no kernel' }] },
  ]
  const r = ratios(results, 'isobath', 'webgpu')!
  expect(r.rows.map((row) => [row.graph, row.warm, row.first])).toEqual([
    ['a', 4, 0.5],
    ['b', 1, 2],
  ])
  expect([r.warm, r.cpu, r.first, r.least.graph]).toEqual([2, 2, 1, 'b'])
  expect(formatRatios(r)).toContain('least: 1.00 (b)')
  expect(ratios(results, 'isobath', 'cpu')).toBeUndefined()
})

test('a failure is told in its graph’s table', () => {
  const text = formatGraph({ graph: 'a', engines: [entrant('isobath', 10, 100), { engine: 'cpu', failure: 'why' }] })
  expect(text).toContain('isobath')
  expect(text).toContain('cpu FAILED: why')
})

test('options of the provider, there and back', () => {
  expect(formatOptions({})).toBe('default')
  expect(parseOptions('default')).toEqual({})
  expect(formatOptions(parseOptions('preferredLayout=NCHW,maxNumPendingDispatches=64'))).toBe(
    'preferredLayout=NCHW,maxNumPendingDispatches=64',
  )
})

test('columns of a table are aligned, the first to the left', () => {
  expect(
    table([
      ['a', 'bb'],
      ['ccc', 'd'],
    ]),
  ).toBe('a    bb\nccc   d')
})
