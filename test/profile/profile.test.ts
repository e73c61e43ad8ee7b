import { describe, expect, it } from 'vitest'
import { compareProfiles, groupRows, parseProfile, profileHtml, profileTrace } from '../../src/profile/index.ts'
import { sampleProfile } from './sample.ts'

const profile = sampleProfile()

describe('groups', () => {
  it('add up rows by operator, the longest first', () => {
    const groups = groupRows(profile, 'operator')
    expect(groups.map((g) => [g.name, g.rows, g.median])).toEqual([
      ['MatMul+Add', [0, 2], 700],
      ['LayerNormalization', [1], 100],
      ['MatMul', [3], 100],
      ['Conv', [4], 100],
    ])
    expect(groups[0]).toMatchObject({ flops: 20e6, bytes: 2e6, share: 0.7, intensity: 10, limit: 'arithmetic' })
    expect(groups[0].gflops).toBeCloseTo(20e6 / 700 / 1e3, 9)
    // Two products of 200 µs at the roof, in 700.
    expect(groups[0].ofRoof).toBeCloseTo(400 / 700, 9)
  })
  it('by node and layer, in the order of the program or by rate', () => {
    expect(groupRows(profile, 'layer', 'node').map((g) => [g.name, g.rows])).toEqual([
      ['/m/layer.0', [0, 1]],
      ['/m/layer.1', [2, 3]],
      ['/head', [4]],
    ])
    expect(groupRows(profile, 'node', 'gflops').map((g) => g.rows)).toEqual([[2, 3], [0], [1], [4]])
    expect(groupRows(profile, 'kernel', 'node').map((g) => g.name)).toEqual(profile.rows.map((r) => r.node))
  })
  it('sum to the whole', () => {
    for (const by of ['kernel', 'node', 'operator', 'layer'] as const)
      expect(groupRows(profile, by).reduce((n, g) => n + g.share, 0)).toBeCloseTo(1, 9)
  })
})

describe('comparison', () => {
  it('is by node, the largest change first, with what came and went', () => {
    const before = sampleProfile()
    const after = sampleProfile()
    after.rows[0].median = 150
    after.rows[1].median = 160
    after.rows[3].shader = 'matmul_matrix'
    after.rows[4].node = '/head/Conv_2'
    const c = compareProfiles(before, after)
    expect(c.nodes.map((d) => [d.node, d.before, d.after, d.delta])).toEqual([
      ['/m/layer.0/fc/MatMul', 400, 150, -250],
      ['/head/Conv', 100, undefined, -100],
      ['/head/Conv_2', undefined, 100, 100],
      ['/m/layer.0/norm/LayerNormalization', 100, 160, 60],
      ['/m/layer.1/fc/MatMul', 400, 400, 0],
    ])
    expect(c.nodes[0].ratio).toBe(0.375)
    expect(c.nodes[1].ratio).toBeUndefined()
    expect(c.nodes[4].shaders).toBe('matmul_tiled → matmul_tiled, matmul_matrix')
    expect(c.warnings).toEqual([])
  })
  it('warns where adapter or precision differ', () => {
    const other = { ...sampleProfile(), precision: 'f16' as const }
    expect(compareProfiles(profile, other).warnings).toEqual(['the precision differs: f32 before, f16 after'])
  })
})

/** Chrome's Trace Event format, as far as spans, counters and names go; what Perfetto and speedscope demand. */
function checkTrace(text: string) {
  const { traceEvents } = JSON.parse(text)
  expect(Array.isArray(traceEvents)).toBe(true)
  const open = new Map<string, { ts: number; end: number }[]>()
  let last = 0
  for (const e of traceEvents) {
    expect(['X', 'C', 'M']).toContain(e.ph)
    expect(e.name).toEqual(expect.any(String))
    for (const key of ['pid', 'tid', 'ts']) expect(Number.isFinite(e[key]), `${e.name}.${key}`).toBe(true)
    expect(e.ts).toBeGreaterThanOrEqual(0)
    if (e.ph === 'M') {
      expect(['process_name', 'thread_name', 'thread_sort_index']).toContain(e.name)
      continue
    }
    expect(e.ts).toBeGreaterThanOrEqual(last)
    last = e.ts
    if (e.ph === 'C') for (const v of Object.values(e.args)) expect(Number.isFinite(v)).toBe(true)
    else {
      expect(e.dur).toBeGreaterThanOrEqual(0)
      // Spans of one thread nest or follow each other.
      const stack = open.get(`${e.pid} ${e.tid}`) ?? []
      while (stack.length && stack[stack.length - 1].end <= e.ts + 1e-6) stack.pop()
      const parent = stack.at(-1)
      if (parent) expect(e.ts + e.dur).toBeLessThanOrEqual(parent.end + 1e-6)
      stack.push({ ts: e.ts, end: e.ts + e.dur })
      open.set(`${e.pid} ${e.tid}`, stack)
    }
  }
  return traceEvents
}

describe('trace', () => {
  it('keeps to the format, a thread a track, kernels within layers', () => {
    const events = checkTrace(JSON.stringify(profileTrace(profile)))
    const threads = events.filter((e: any) => e.name === 'thread_name').map((e: any) => e.args.name)
    expect(threads).toEqual(['CPU: encode, submit, wait', 'GPU passes', 'upload and read-back'])
    const gpu = events.filter((e: any) => e.ph === 'X' && e.tid === 2)
    expect(gpu.map((e: any) => e.name)).toEqual([
      '/m/layer.0',
      'MatMul+Add matmul_tiled',
      'LayerNormalization matmul_tiled',
      '/m/layer.1',
      'MatMul+Add matmul_tiled',
      'MatMul matmul_tiled',
      '/head',
      'Conv matmul_tiled',
    ])
    expect(gpu[1]).toMatchObject({
      ts: 30,
      dur: 400,
      args: { node: '/m/layer.0/fc/MatMul', flops: 10e6, limit: 'arithmetic' },
    })
    const memory = events.filter((e: any) => e.ph === 'C').map((e: any) => e.args.bytes)
    expect(memory).toEqual([2500, 2500, 2500, 1500, 1000])
  })
  it('has no negative times where the GPU’s clock runs before the CPU’s', () => {
    const early = sampleProfile()
    for (const span of early.timeline.spans) if (span.row !== undefined) span.start -= 200
    checkTrace(JSON.stringify(profileTrace(early)))
  })
})

describe('report', () => {
  const html = profileHtml(profile, sampleProfile(2))
  it('stands alone: nothing is fetched', () => {
    const outside = html.replace(/http:\/\/www\.w3\.org\/2000\/svg/g, '')
    expect(outside).not.toMatch(/\b(?:https?:)?\/\/[a-z]+\.|<link|<img|@import|\bsrc=|\bfetch\(|XMLHttp|WebSocket/i)
  })
  it('holds its data whole, and code in it cannot end a script', () => {
    const [, data] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)!
    const { profile: held, groups, comparison } = JSON.parse(data)
    expect(held).toEqual(JSON.parse(JSON.stringify(profile)))
    expect(groups.operator).toHaveLength(4)
    expect(comparison.before.microseconds).toBe(2000)
    expect(html.match(/<script/g)).toHaveLength(2)
  })
  it('escapes the model’s name', () => {
    expect(profileHtml({ ...profile, model: '<b>&"' })).toContain('<title>Profile of &lt;b&gt;&amp;&quot;</title>')
  })
  it('is a script that parses', () => {
    const script = html.slice(html.lastIndexOf('<script>') + 8, html.lastIndexOf('</script>'))
    expect(() => new Function(script)).not.toThrow()
  })
})

describe('reading', () => {
  it('gives what was written', () => {
    expect(parseProfile(JSON.stringify(profile))).toEqual(JSON.parse(JSON.stringify(profile)))
  })
  it.each([
    ['{', /^"a\.json" is no profile/],
    ['null', /is no profile/],
    ['{"format":"other"}', /is no profile/],
    ['{"format":"isobath-profile","version":2,"rows":[]}', /version 2/],
  ])('refuses %s', (text, message) => {
    expect(() => parseProfile(text, '"a.json"')).toThrow(message)
  })
})
