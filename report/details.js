// The drawer with everything about one kernel call, its WGSL included.
import { bytes, count, h, number, percent, time } from './dom.js'

// Comments, attributes, numbers, words.
const TOKEN = /(\/\/.*|\/\*[\s\S]*?\*\/)|(@\w+)|(\b\d[\w.]*)|([A-Za-z_]\w*)/g
const KEYWORDS = new Set(
  'alias break case const continue continuing default diagnostic discard else enable fn for if let loop override requires return struct switch var while true false'.split(
    ' ',
  ),
)
const TYPES =
  /^(?:[iuf](?:16|32)|bool|vec[234][iufh]?|mat\d.*|array|atomic|ptr|storage|read|read_write|workgroup|private|function|uniform)$/

/** A line of WGSL with its words in colour. */
function paint(line) {
  const out = []
  let at = 0
  for (const m of line.matchAll(TOKEN)) {
    const [text, comment, attribute, digits, word] = m
    const kind = comment
      ? 'comment'
      : attribute
        ? 'attribute'
        : digits
          ? 'digits'
          : KEYWORDS.has(word)
            ? 'keyword'
            : TYPES.test(word)
              ? 'type'
              : ''
    if (!kind) continue
    out.push(line.slice(at, m.index), h('span', { class: kind }, text))
    at = m.index + text.length
  }
  out.push(line.slice(at))
  return out
}

function codeOf(source) {
  return h(
    'pre',
    { class: 'wgsl', tabindex: '0', 'aria-label': 'WGSL, with its holes filled' },
    h(
      'code',
      {},
      source.split('\n').map((line) => h('span', { class: 'line' }, paint(line), '\n')),
    ),
  )
}

/** `step(by)` shows another row; `close` is called after closing. */
export function createDetails(profile, step, close) {
  const drawer = h('aside', { class: 'drawer', 'aria-label': 'The chosen kernel', hidden: true })
  const button = (label, title, onclick) => h('button', { type: 'button', 'aria-label': title, title, onclick }, label)
  const hide = () => {
    drawer.hidden = true
    close()
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !drawer.hidden) hide()
  })
  return {
    element: drawer,
    show(index) {
      const r = profile.rows[index]
      const source = profile.sources[r.source]
      const copy = button('copy', 'Copy the WGSL', async (event) => {
        const { target } = event
        try {
          await navigator.clipboard.writeText(source)
          target.textContent = 'copied'
        } catch {
          getSelection().selectAllChildren(drawer.querySelector('code'))
          target.textContent = 'selected'
        }
      })
      const threads = r.groups.concat(r.workgroup).reduce((a, b) => a * b, 1)
      const facts = [
        ['time', `${time(r.median)}, least ${time(r.min)}, between quartiles ${time(r.spread)}`],
        ['first run', time(r.first)],
        ['share', percent(r.share)],
        [
          'computes',
          `${count(r.flops)} FLOP${r.tail ? `, ${count(r.tail)} of them in the fused tail` : ''}: ${number(r.gflops)} GFLOP/s`,
        ],
        ['moves', `reads ${bytes(r.read)}, writes ${bytes(r.written)}: ${number(r.gbps)} GB/s`],
        [
          'roof',
          `${percent(r.ofRoof)} of what ${r.limit === 'memory' ? 'the memory' : 'the arithmetic'} allows, at ${number(r.intensity)} FLOP a byte`,
        ],
        ['workgroups', `${r.groups.join(' × ')} of ${r.workgroup.join(' × ')}, ${count(threads)} invocations`],
        ['shader', r.variant ? `${r.shader}, variant ${r.variant}` : r.shader],
        ['holes', r.holes],
        r.repeats > 1 && ['repeats', `${r.repeats} times in a pass`],
      ].filter(Boolean)
      drawer.replaceChildren(
        h('header', {}, [
          h('div', {}, h('h2', {}, `#${r.index} ${r.op}`), h('p', { class: 'path' }, r.node)),
          h(
            'div',
            { class: 'buttons' },
            button('←', 'The call before', () => step(-1)),
            button('→', 'The next call', () => step(1)),
            button('✕', 'Close', hide),
          ),
        ]),
        h(
          'dl',
          { class: 'facts' },
          facts.map(([name, text]) => [h('dt', {}, name), h('dd', {}, text)]),
        ),
        h('div', { class: 'codehead' }, h('h3', {}, 'WGSL, holes filled'), copy),
        codeOf(source),
      )
      drawer.hidden = false
    },
  }
}
