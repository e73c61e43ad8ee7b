// The memory picture: pooled buffers as lanes, the values that lie in them as bars, and what is alive at each call.
import { bytes, h, s } from './dom.js'

const LEFT = 74
const GAP = 2
const ALIVE = 90

export function drawMemory(profile, width, choose) {
  const { buffers, values, peak, lowerBound, weights } = profile.memory
  const calls = Math.max(1, profile.rows.length)
  const px = (call) => LEFT + (call / calls) * (width - LEFT)
  const order = buffers.map((size, i) => ({ size, i })).sort((a, b) => b.size - a.size)
  const room = Math.max(160, Math.min(360, 40 * buffers.length))
  // Small buffers stay visible, large ones do not take it all: heights grow with the square root of the bytes.
  const roots = order.reduce((n, b) => n + Math.sqrt(b.size), 0) || 1
  const lanes = new Map()
  let y = 0
  for (const { size, i } of order) {
    const height = Math.max(3, (room * Math.sqrt(size)) / roots)
    lanes.set(i, { y, height, size })
    y += height + GAP
  }
  const bars = values.map((v) => {
    const lane = lanes.get(v.buffer)
    const height = Math.max(1.5, lane.height * Math.sqrt(v.bytes / lane.size))
    const from = px(Math.min(v.first, calls))
    const to = px(Math.min(v.last + 1, calls))
    return s(
      'rect',
      {
        class: 'value',
        x: from + 0.5,
        y: lane.y + lane.height - height,
        width: Math.max(1, to - from - 1),
        height,
        rx: 1,
        onclick: () => choose(Math.min(v.first, calls - 1)),
      },
      s(
        'title',
        {},
        `${v.name}: ${bytes(v.bytes)} in buffer ${v.buffer}, calls ${v.first} to ${Math.min(v.last, calls - 1)}`,
      ),
    )
  })
  const names = [...lanes]
    .filter(([, lane]) => lane.height >= 11)
    .map(([, lane]) =>
      s('text', { x: LEFT - 8, y: lane.y + lane.height / 2 + 4, 'text-anchor': 'end' }, bytes(lane.size)),
    )
  const alive = new Float64Array(calls)
  for (const v of values) for (let c = v.first; c <= Math.min(v.last, calls - 1); c++) alive[c] += v.bytes
  const top = y + 16
  const py = (n) => top + ALIVE * (1 - n / Math.max(peak, 1))
  const area = [...alive].map((n, c) => `L${px(c)},${py(n)}L${px(c + 1)},${py(n)}`).join('')
  const height = top + ALIVE + 26
  const line = (n, label, above) => [
    s('line', { class: 'limit', x1: LEFT, x2: width, y1: py(n), y2: py(n) }),
    s(
      'text',
      { class: 'limit', x: width - 4, y: py(n) + (above ? -4 : 12), 'text-anchor': 'end' },
      `${label} ${bytes(n)}`,
    ),
  ]
  const summary = `${buffers.length} buffers of ${bytes(peak)} in all hold ${values.length} values; at most ${bytes(lowerBound)} are alive at one call`
  return [
    h('p', { class: 'lead' }, `${summary}. Weights take ${bytes(weights)} beside them.`),
    s(
      'svg',
      { class: 'memory', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': summary },
      [...lanes.values()].map((lane) =>
        s('rect', { class: 'lane', x: LEFT, y: lane.y, width: width - LEFT, height: lane.height }),
      ),
      bars,
      names,
      s('path', { class: 'alive', d: `M${px(0)},${py(0)}${area}L${px(calls)},${py(0)}Z` }),
      line(peak, 'allocated', true),
      peak > lowerBound * 1.02 ? line(lowerBound, 'lower bound', false) : [],
      s('text', { x: LEFT - 8, y: top + ALIVE / 2, 'text-anchor': 'end' }, 'alive'),
      s('text', { x: LEFT, y: height - 6 }, 'call 0'),
      s('text', { x: width, y: height - 6, 'text-anchor': 'end' }, `call ${calls - 1}`),
    ),
  ]
}
