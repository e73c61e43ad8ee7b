// The table: rows by kernel, node, operator or layer, sorted by any column, filtered by text.
import { familyOf, h, number, percent, time } from './dom.js'

/** Columns: title, text of a group, value to sort by, and from which width on they show. */
const COLUMNS = [
  { key: 'order', title: '#', text: (g) => String(g.rows[0]), value: (g) => g.rows[0], wide: 700 },
  { key: 'name', title: 'name', value: (g) => g.name },
  { key: 'median', title: 'time', text: (g) => time(g.median), value: (g) => g.median, number: true },
  { key: 'min', title: 'least', text: (g) => time(g.min), value: (g) => g.min, number: true, wide: 1000 },
  { key: 'share', title: 'share', value: (g) => g.share, number: true },
  { key: 'gflops', title: 'GFLOP/s', text: (g) => number(g.gflops), value: (g) => g.gflops, number: true },
  { key: 'gbps', title: 'GB/s', text: (g) => number(g.gbps), value: (g) => g.gbps, number: true, wide: 640 },
  {
    key: 'intensity',
    title: 'FLOP/B',
    text: (g) => number(g.intensity),
    value: (g) => g.intensity,
    number: true,
    wide: 900,
  },
  { key: 'ofRoof', title: 'of roof', value: (g) => g.ofRoof, number: true },
]

const bar = (share, kind) =>
  h(
    'span',
    { class: `meter ${kind}`, 'aria-hidden': 'true' },
    h('i', { style: `width:${Math.min(100, share * 100)}%` }),
  )

function nameCell(g, rows, by, choose) {
  const [first] = g.rows.map((i) => rows[i])
  const detail =
    by === 'kernel' || by === 'node'
      ? [first.op, g.name, `${first.shader} · ${first.groups.join('×')} of ${first.workgroup.join('×')}`]
      : [g.name, '', `${g.rows.length} ${g.rows.length === 1 ? 'call' : 'calls'}`]
  const [title, path, more] = detail
  const label = [
    h('b', {}, h('i', { class: `swatch ${familyOf(first.op)}` }), title),
    // The marks keep the slashes in their places: a path that is too long loses its start.
    path && h('span', { title: path }, `\u200e${path}\u200e`),
    h('small', {}, more),
  ].filter(Boolean)
  return h('td', { class: 'name' }, h('button', { type: 'button', onclick: () => choose(g) }, label))
}

function cell(column, g, { rows, by, largest, choose }) {
  switch (column.key) {
    case 'name':
      return nameCell(g, rows, by, choose)
    case 'share':
      return h('td', { class: 'number' }, percent(g.share), bar(g.share / largest, 'share'))
    case 'ofRoof':
      return h('td', { class: 'number' }, percent(g.ofRoof), bar(g.ofRoof, g.limit), h('small', {}, g.limit))
    default:
      return h('td', { class: column.number ? 'number' : '' }, column.text(g))
  }
}

/** `choose` is given the position of a row. */
export function createTable(profile, groups, choose) {
  const { rows } = profile
  const state = { by: 'kernel', sort: 'median', down: true, filter: '', selected: -1, width: 0 }
  const box = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Kernels' })
  const status = h('p', { class: 'lead', role: 'status' })

  const open = (g) => choose(g.rows.reduce((best, i) => (rows[i].median > rows[best].median ? i : best), g.rows[0]))

  function render() {
    const columns = COLUMNS.filter((c) => !c.wide || state.width >= c.wide)
    const column = COLUMNS.find((c) => c.key === state.sort)
    const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean)
    const text = (g) => `${g.name} ${g.rows.map((i) => `${rows[i].op} ${rows[i].shader}`).join(' ')}`.toLowerCase()
    const found = groups[state.by].filter((g) => words.every((w) => text(g).includes(w)))
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
    found.sort((a, b) => order(column.value(a), column.value(b)) * (state.down ? -1 : 1))
    const largest = Math.max(...groups[state.by].map((g) => g.share))
    const sum = found.reduce((n, g) => n + g.median, 0)
    status.textContent = `${found.length} of ${groups[state.by].length} rows, ${time(sum)}, ${percent(sum / profile.microseconds)} of all`
    const head = columns.map((c) =>
      h(
        'th',
        {
          scope: 'col',
          class: c.number ? 'number' : '',
          'aria-sort': c.key === state.sort ? (state.down ? 'descending' : 'ascending') : undefined,
        },
        h(
          'button',
          {
            type: 'button',
            onclick: () => {
              state.down = state.sort === c.key ? !state.down : c.number === true
              state.sort = c.key
              render()
              box.querySelector('th[aria-sort] button').focus()
            },
          },
          c.title,
        ),
      ),
    )
    const body = found.map((g) =>
      h(
        'tr',
        { class: g.rows.includes(state.selected) ? 'selected' : '' },
        columns.map((c) => cell(c, g, { rows, by: state.by, largest, choose: open })),
      ),
    )
    box.replaceChildren(h('table', {}, h('thead', {}, h('tr', {}, head)), h('tbody', {}, body)))
  }

  const by = h(
    'fieldset',
    { class: 'choice' },
    h('legend', {}, 'Rows by'),
    ['kernel', 'node', 'operator', 'layer'].map((name) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: 'by',
          value: name,
          checked: name === state.by,
          onchange: () => {
            state.by = name
            render()
          },
        }),
        h('span', {}, name),
      ),
    ),
  )
  const filter = h('input', {
    type: 'search',
    placeholder: 'layer.3 matmul',
    'aria-label': 'Filter by node, operator or shader',
    oninput: (event) => {
      state.filter = event.target.value
      render()
    },
  })
  return {
    draw(width) {
      state.width = width
      render()
      return [h('div', { class: 'tools' }, by, filter, status), box]
    },
    select(index) {
      state.selected = index
      render()
    },
  }
}
