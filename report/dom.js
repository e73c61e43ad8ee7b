// Elements, numbers as text, and what operators have in common: helpers of the report.

const SVG = 'http://www.w3.org/2000/svg'

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(Number.POSITIVE_INFINITY).filter((c) => c !== undefined && c !== null && c !== false))
  return element
}

/** An HTML element: `h('p', { class: 'note' }, 'text', child)`. `onclick` and the like are listeners. */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children)

/** The same in SVG. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children)

const digits = (v) => (v >= 100 ? 0 : v >= 10 ? 1 : 2)

/** Microseconds as µs, ms or s. */
export function time(us) {
  const sign = us < 0 ? '−' : ''
  const v = Math.abs(us)
  if (v < 1000) return `${sign}${v.toFixed(digits(v))} µs`
  if (v < 1e6) return `${sign}${(v / 1e3).toFixed(digits(v / 1e3))} ms`
  return `${sign}${(v / 1e6).toFixed(2)} s`
}

export const number = (v) => (v === 0 ? '0' : v < 0.01 ? v.toExponential(0) : v.toFixed(digits(v)))
export const percent = (v) => `${(v * 100).toFixed(v < 0.0995 ? 1 : 0)} %`

export function bytes(n) {
  let [value, unit] = [n, 0]
  while (value >= 1024 && unit < 3) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(unit && value < 100 ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB'][unit]}`
}

export const count = (n) =>
  n >= 1e9 ? `${(n / 1e9).toFixed(2)} G` : n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : n.toLocaleString('en')

/** Families of operators, each with a colour of the palette. The first that fits is taken. */
const FAMILIES = [
  ['attention', /Attention/],
  ['convolution', /Conv|Pool|Col2Im/],
  ['product', /MatMul|Gemm|Einsum/],
  ['normalisation', /Norm|Softmax|Reduce|ArgM|TopK|Cum|LRN/i],
  ['movement', /Transpose|Concat|Slice|Split|Pad|Gather|Scatter|Expand|Tile|Resize|Space|Depth|Grid|Reshape|Reverse/],
  ['pointwise', /./],
]
export const familyNames = FAMILIES.map(([name]) => name)

/** The family of an operator; a fused tail does not count. */
export function familyOf(op) {
  const own = op.split('+')[0]
  return FAMILIES.find(([, pattern]) => pattern.test(own))[0]
}

/** The families that occur, as a legend. */
export function legend(rows) {
  const used = new Set(rows.map((r) => familyOf(r.op)))
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Colours' },
    familyNames.filter((f) => used.has(f)).map((f) => h('li', {}, h('i', { class: `swatch ${f}` }), f)),
  )
}

/** One stop of the tab key for many marks: arrows, Home and End go from one to the next. */
export function rove(container, selector) {
  const marks = () => [...container.querySelectorAll(selector)]
  const first = marks()[0]
  if (first) first.setAttribute('tabindex', '0')
  container.addEventListener('keydown', (event) => {
    const all = marks()
    const at = all.indexOf(document.activeElement)
    if (at < 0) return
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault()
      all[at].dispatchEvent(new MouseEvent('click', { bubbles: true }))
      return
    }
    const to = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: all.length - 1,
    }[event.key]
    if (to === undefined || !all[to]) return
    event.preventDefault()
    all[at].setAttribute('tabindex', '-1')
    all[to].setAttribute('tabindex', '0')
    all[to].focus()
  })
}

/** A section with a heading; `draw(width)` fills its body again when the width changes. */
export function section(id, title, lead, draw) {
  const body = h('div', { class: 'body' })
  let drawn = 0
  const redraw = (force) => {
    const width = Math.floor(body.clientWidth)
    if (!width || (!force && width === drawn)) return
    drawn = width
    body.replaceChildren(...[draw(width)].flat())
  }
  new ResizeObserver(() => redraw(false)).observe(body)
  const element = h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title` }, title),
    lead && h('p', { class: 'lead' }, lead),
    body,
  )
  return { element, redraw: () => redraw(true) }
}
