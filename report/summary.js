// The head of the report: whose profile it is, the figures that matter most, and where the time of a run goes.
import { bytes, count, h, number, percent, time } from './dom.js'

const tile = (label, value, note) =>
  h('div', { class: 'tile' }, h('dt', {}, label), h('dd', {}, h('b', {}, value), note && h('small', {}, note)))

export function header(profile, adapter, toggle) {
  const { precision, runs, method } = profile
  return h(
    'header',
    {},
    h('div', {}, [
      h('p', { class: 'kicker' }, 'Isobath profile'),
      h('h1', {}, (profile.model ?? 'a model').split(/[\\/]/).pop()),
      h(
        'p',
        { class: 'lead' },
        `${adapter} · ${precision} · ${runs} runs, timed by ${
          method === 'timestamps' ? 'GPU timestamps' : 'the CPU’s clock'
        }`,
      ),
    ]),
    toggle,
  )
}

export function tiles(profile) {
  const { rows, plain, memory, roof } = profile
  const flops = rows.reduce((n, r) => n + r.flops, 0)
  const rate = flops / profile.microseconds / 1e3
  const run = plain.gpu ?? plain.total
  return h('dl', { class: 'tiles' }, [
    tile('Kernels, summed', time(profile.sum.median), `${rows.length} calls, least ${time(profile.sum.min)}`),
    tile('Run without profiler', time(plain.total.median), `least ${time(plain.total.min)}`),
    tile('Kernels against run', percent(profile.sum.median / run.median), plain.gpu ? 'by the GPU’s clock' : ''),
    tile('Arithmetic', `${number(rate)} GFLOP/s`, `${count(flops)}FLOP a run`),
    tile('Roof', `${number(roof.f32 / 1e9)} GFLOP/s`, `${number(roof.bandwidth / 1e9)} GB/s`),
    tile('Values in memory', bytes(memory.peak), `weights ${bytes(memory.weights)}`),
  ])
}

const STAGES = [
  ['upload', 'upload'],
  ['encode', 'encode'],
  ['submit', 'submit'],
  ['wait', 'GPU and waiting'],
  ['read', 'read back'],
]

function stageBar(label, times) {
  const total = STAGES.reduce((n, [key]) => n + times[key].median, 0)
  return h(
    'div',
    { class: 'stages' },
    h('b', {}, label),
    h(
      'div',
      {
        class: 'bar',
        role: 'img',
        'aria-label': `${label}: ${STAGES.map(([k, n]) => `${n} ${time(times[k].median)}`).join(', ')}`,
      },
      STAGES.map(([key]) => h('i', { class: `stage ${key}`, style: `flex-grow:${times[key].median / total}` })),
    ),
    h('span', {}, time(times.total.median)),
    h(
      'ul',
      { class: 'legend' },
      STAGES.map(([key, name]) =>
        h('li', {}, h('i', { class: `swatch stage ${key}` }), `${name} ${time(times[key].median)}`),
      ),
    ),
  )
}

/** Stages of a run with and without the profiler, compile times, and what is to be known. */
export function runs(profile) {
  const { plain, profiled, gaps, load, rows, pipelines } = profile
  const first = rows.reduce((n, r) => n + r.first, 0)
  const slowest = pipelines[0]
  const facts = [
    profiled && [
      'Gaps between kernels',
      `${time(gaps.median)} in a run with a pass a call${plain.gpu ? `; all calls in one pass take ${time(plain.gpu.median)} on the GPU` : ''}`,
    ],
    ['First run', `kernels took ${time(first)} in the first run of this profile, ${time(profile.microseconds)} warm`],
    [
      'Load',
      Object.entries(load)
        .map(([stage, ms]) => `${stage} ${time(ms * 1000)}`)
        .join(', '),
    ],
    slowest && [
      'Pipelines',
      `${pipelines.length} for ${rows.length} calls; the slowest, ${slowest.shader}, was ready after ${time(slowest.milliseconds * 1000)}`,
    ],
    ['Step of the clock', profile.quantum >= 1000 ? time(profile.quantum / 1000) : `${profile.quantum} ns`],
  ].filter(Boolean)
  return [
    stageBar('Without the profiler', plain),
    profiled && stageBar('With a timed pass a call', profiled),
    h(
      'dl',
      { class: 'facts' },
      facts.map(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
    ),
    profile.notes.length > 0 &&
      h(
        'ul',
        { class: 'notes' },
        profile.notes.map((n) => h('li', {}, n)),
      ),
  ].filter(Boolean)
}

/** What changed against an earlier profile. */
export function comparison({ before, after, nodes, warnings }) {
  const LISTED = 40
  const widest = Math.max(...nodes.map((d) => Math.abs(d.delta)), 1e-9)
  const change = (d) =>
    d.before === undefined
      ? 'new'
      : d.after === undefined
        ? 'gone'
        : d.ratio === undefined
          ? ''
          : `× ${number(d.ratio)}`
  return [
    h(
      'p',
      { class: 'lead' },
      `Kernels ${time(before.microseconds)} → ${time(after.microseconds)} (× ${number(after.microseconds / before.microseconds)}), run ${time(before.run)} → ${time(after.run)}. The largest gains and losses first.`,
    ),
    warnings.length > 0 &&
      h(
        'ul',
        { class: 'notes' },
        warnings.map((w) => h('li', {}, w)),
      ),
    h(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Changes' },
      h('table', {}, [
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            ['node', 'shaders', 'before', 'after', 'change', ''].map((t, i) =>
              h('th', { scope: 'col', class: i > 1 && i < 5 ? 'number' : '' }, t),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          nodes.slice(0, LISTED).map((d) =>
            h('tr', {}, [
              h('td', { class: 'name' }, h('b', {}, d.op), h('span', {}, `\u200e${d.node}\u200e`)),
              h('td', { class: 'shader' }, d.shaders),
              h('td', { class: 'number' }, d.before === undefined ? '–' : time(d.before)),
              h('td', { class: 'number' }, d.after === undefined ? '–' : time(d.after)),
              h(
                'td',
                { class: `number ${d.delta < 0 ? 'gain' : 'loss'}` },
                `${d.delta > 0 ? '+' : ''}${time(d.delta)}`,
                h('small', {}, change(d)),
              ),
              h(
                'td',
                { class: 'delta' },
                h('i', {
                  class: d.delta < 0 ? 'gain' : 'loss',
                  style: `width:${(50 * Math.abs(d.delta)) / widest}%`,
                }),
              ),
            ]),
          ),
        ),
      ]),
    ),
    nodes.length > LISTED && h('p', { class: 'lead' }, `${nodes.length - LISTED} smaller changes are not listed.`),
  ].filter(Boolean)
}
