// The roofline: what each kernel reaches against what the adapter's memory and arithmetic allow (Williams 2009).
import { familyOf, h, number, percent, rove, s, time } from './dom.js'

const MARGIN = { left: 58, right: 16, top: 14, bottom: 44 }

const powers = (from, to) => {
  const out = []
  for (let e = Math.ceil(Math.log10(from) - 1e-9); e <= Math.floor(Math.log10(to) + 1e-9); e++) out.push(10 ** e)
  return out
}

const tick = (v) => (v >= 1 ? v.toLocaleString('en') : String(Number(v.toPrecision(1))))

/** `choose` is given the position of a row. */
export function createRoofline(profile, choose) {
  const { roof } = profile
  const rows = profile.rows.filter((r) => r.flops > 0 && r.median > 0 && r.bytes > 0)
  let selected = -1
  let redraw = () => {}

  return {
    left: profile.rows.length - rows.length,
    draw(width, again) {
      redraw = again
      if (!rows.length) return h('p', { class: 'lead' }, 'No kernel of this program computes with floats.')
      const height = Math.max(320, Math.min(460, Math.round(width * 0.4)))
      const peak = Math.max(roof.f32, roof.f16 ?? 0) / 1e9
      const ridge = roof.f32 / roof.bandwidth
      const xs = [...rows.map((r) => r.intensity), ridge]
      const ys = [...rows.map((r) => r.gflops), peak]
      const [x0, x1] = [Math.min(...xs) / 1.6, Math.max(...xs) * 2]
      const [y0, y1] = [Math.max(Math.min(...ys) / 1.8, peak / 1e6), Math.max(...ys) * 1.8]
      const px = (v) =>
        MARGIN.left +
        ((Math.log(v) - Math.log(x0)) / (Math.log(x1) - Math.log(x0))) * (width - MARGIN.left - MARGIN.right)
      const py = (v) =>
        height -
        MARGIN.bottom -
        ((Math.log(v) - Math.log(y0)) / (Math.log(y1) - Math.log(y0))) * (height - MARGIN.top - MARGIN.bottom)
      const bottom = height - MARGIN.bottom
      const grid = [
        ...powers(x0, x1).map((v) => [
          s('line', { x1: px(v), x2: px(v), y1: MARGIN.top, y2: bottom }),
          s('text', { x: px(v), y: bottom + 16, 'text-anchor': 'middle' }, tick(v)),
        ]),
        ...powers(y0, y1).map((v) => [
          s('line', { x1: MARGIN.left, x2: width - MARGIN.right, y1: py(v), y2: py(v) }),
          s('text', { x: MARGIN.left - 8, y: py(v) + 4, 'text-anchor': 'end' }, tick(v)),
        ]),
      ].flat()
      const slope = (bandwidth, top) => {
        const start = Math.max(x0, (y0 * 1e9) / bandwidth)
        const corner = top / bandwidth
        const at = (v) => Math.min(top, bandwidth * v) / 1e9
        return `M${px(start)},${py(at(start))}L${px(corner)},${py(at(corner))}L${px(x1)},${py(at(x1))}`
      }
      const largest = Math.max(...rows.map((r) => r.share))
      const points = [...rows]
        .sort((a, b) => b.share - a.share)
        .map((r) => {
          const label = `${r.op}, ${r.node}: ${number(r.gflops)} GFLOP/s at ${number(r.intensity)} FLOP a byte, ${percent(r.ofRoof)} of the roof, ${time(r.median)}`
          return s(
            'circle',
            {
              class: `point ${familyOf(r.op)}${r.index === selected ? ' selected' : ''}`,
              cx: px(r.intensity),
              cy: py(Math.max(r.gflops, y0)),
              r: 3.5 + 11 * Math.sqrt(r.share / largest),
              role: 'button',
              tabindex: '-1',
              'aria-label': label,
              onclick: () => choose(r.index),
            },
            s('title', {}, label),
          )
        })
      const svg = s(
        'svg',
        {
          class: 'roofline',
          width,
          height,
          viewBox: `0 0 ${width} ${height}`,
          role: 'group',
          'aria-label': 'Roofline',
        },
        s('g', { class: 'grid', 'aria-hidden': 'true' }, grid),
        roof.f16 && s('path', { class: 'roof half', d: slope(roof.bandwidth, roof.f16) }),
        s('path', { class: 'roof', d: slope(roof.bandwidth, roof.f32) }),
        s(
          'text',
          { class: 'name', x: width - MARGIN.right - 4, y: py(roof.f32 / 1e9) - 6, 'text-anchor': 'end' },
          `${number(roof.f32 / 1e9)} GFLOP/s in f32`,
        ),
        s(
          'text',
          { class: 'axis', x: (MARGIN.left + width) / 2, y: height - 8, 'text-anchor': 'middle' },
          'floating-point operations a byte',
        ),
        s(
          'text',
          { class: 'axis', transform: `translate(13 ${height / 2 - 20}) rotate(-90)`, 'text-anchor': 'middle' },
          'GFLOP/s',
        ),
        s('g', {}, points),
      )
      rove(svg, '.point')
      return [svg]
    },
    select(index) {
      selected = index
      redraw()
    },
  }
}
