// What the GPU run plans and reports; the run itself needs a GPU.
import { expect, test } from 'vitest'
import { GRAPHS, planOf } from '../../tools/gpu/plan.mjs'
import { heaviest, report } from '../../tools/gpu/report.mjs'

const line = (shader: string, holes: string, median: number, flops: number, bytes: number) => ({
  ...{ shader, holes, median, flops, bytes },
  node: `/${shader}`,
  groups: [1, 1, 1],
})
const roof = { bandwidth: 1e9, f32: 1e9, f16: 2e9 }

test('the plan begins with the adapter and compares every graph in both precisions', () => {
  const plan = planOf(GRAPHS)
  expect(plan[0].kind).toBe('adapter')
  for (const precision of ['f16', 'f32'])
    expect(plan.filter((s) => s.kind === 'compare' && s.precision === precision).map((s) => s.graph)).toEqual(GRAPHS)
  expect(new Set(plan.map((s) => s.name)).size).toBe(plan.length)
})

test('the heaviest shapes add up equal calls, and are held against the roof of their intensity', () => {
  const rows = [line('a', 'x', 10, 1000, 0), line('b', 'x', 15, 0, 3000), line('a', 'x', 10, 1000, 0)]
  const [first, second, ...more] = heaviest({ roof, rows }, 'f32', 2)
  expect(more).toEqual([])
  // 1000 operations at 1e9 a second take 1 µs of the 10; 3000 bytes take 3 of 15.
  expect(first).toMatchObject({ kernel: 'a', calls: 2 })
  expect(first.ofRoof).toBeCloseTo(0.1)
  expect(first.gflops).toBeCloseTo(0.1)
  expect(first.share).toBeCloseTo(20 / 35)
  expect(second).toMatchObject({ kernel: 'b', calls: 1 })
  expect(second.ofRoof).toBeCloseTo(0.2)
  expect(second.gbytes).toBeCloseTo(0.2)
  expect(heaviest({ roof, rows }, 'f16', 1)[0].ofRoof).toBeCloseTo(0.05)
})

test('a report has what was measured, and names what is missing', () => {
  const plan = planOf(['g'])
  const engines = [
    { engine: 'isobath', median: 2, flops: 4e9, error: 1e-3, first: { total: 100 } },
    { engine: 'isobath untuned', median: 3, flops: 4e9, error: 1e-3, first: { total: 100 } },
    { engine: 'webgpu', median: 10, error: 2e-3, first: { total: 900 } },
  ]
  const torch = [
    { mode: 'compiled', dtype: 'f16', median: 1 },
    { mode: 'compiled', dtype: 'f32', median: 4 },
    { mode: 'eager', failure: 'no' },
  ]
  const sections = {
    'g f16': { result: { graph: 'g', engines, torch } },
    'g f32': { error: 'out of time' },
    kernels: { files: { conv: { passed: 3, failed: [{ name: 't', message: 'wrong\nby far' }], skipped: 1, late: 0 } } },
    'profile g f16': { roof, rows: [line('a', 'x', 10, 1000, 0)] },
  }
  const text = report({ date: 'today', sections }, plan)
  expect(text).toContain(
    '| g | f16 | 2.00 | 3.00 | 10.0 | 5.00 × |  | 1.00 | 2.00 × | 2.00 | 1.0e-3 | 2.0e-3 | 100.0 | 900.0 |',
  )
  expect(text).toContain('3 passed, 1 failed, 1 skipped, 0 not reached.\n- conv: t: wrong')
  expect(text).toContain('| a | /a | 1 | 10.0 | 100 % | 0 | 0 | 5 % |')
  expect(text).toContain('- g f32: out of time')
})
