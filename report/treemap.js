// The treemap: time by node path. Every cell is a kernel call, frames are the parts of the path around them.
import { familyOf, h, percent, rove, s, time } from './dom.js'

/** The paths of rows as a tree; a node with one child is one with it. */
export function treeOf(rows) {
  const root = { name: '', path: '', value: 0, children: new Map() }
  for (const row of rows) {
    const parts = row.node.split('/').filter(Boolean)
    let at = root
    at.value += row.median
    for (const part of parts.slice(0, -1)) {
      if (!at.children.has(part))
        at.children.set(part, { name: part, path: `${at.path}/${part}`, value: 0, children: new Map() })
      at = at.children.get(part)
      at.value += row.median
    }
    at.children.set(`#${row.index}`, { name: row.op, path: row.node, value: row.median, row })
  }
  const finish = (node) => {
    if (node.row) return node
    const children = [...node.children.values()].map(finish).sort((a, b) => b.value - a.value)
    if (children.length > 1) return { ...node, children }
    const [child] = children
    return { ...child, name: [node.name, child.name].filter(Boolean).join(child.row ? ' ' : '/') }
  }
  const made = finish(root)
  return made.row ? { ...root, children: [made] } : made
}

/** Squarified treemap (Bruls, Huizing, van Wijk 2000): rectangles for values that descend, near to squares. */
export function squarify(values, x, y, width, height) {
  const out = []
  let total = values.reduce((a, b) => a + b, 0)
  let at = 0
  while (at < values.length && total > 0) {
    const side = Math.min(width, height)
    const scale = (width * height) / total
    let sum = 0
    let worst = Number.POSITIVE_INFINITY
    let end = at
    while (end < values.length) {
      const next = sum + values[end] * scale
      const ratio = Math.max(
        (side * side * values[at] * scale) / (next * next),
        (next * next) / (side * side * values[end] * scale || 1e-9),
      )
      if (ratio > worst) break
      worst = ratio
      sum = next
      end++
    }
    const depth = sum / side
    let along = 0
    for (; at < end; at++) {
      const length = (values[at] * scale) / depth
      out.push(
        width >= height
          ? { x, y: y + along, width: depth, height: length }
          : { x: x + along, y, width: length, height: depth },
      )
      along += length
      total -= values[at]
    }
    if (width >= height) {
      x += depth
      width -= depth
    } else {
      y += depth
      height -= depth
    }
  }
  while (out.length < values.length) out.push({ x, y, width: 0, height: 0 })
  return out
}

const HEADER = 17
const fits = (text, width) =>
  text.length * 6.6 < width - 8 ? text : `${text.slice(0, Math.floor((width - 14) / 6.6))}…`

/** `choose` is given the position of a row. */
export function createTreemap(profile, choose) {
  const root = treeOf(profile.rows)
  let here = root
  let selected = -1
  let redraw = () => {}

  function cell(node, box) {
    const label = `${node.row.op}, ${node.path}: ${time(node.value)}, ${percent(node.row.share)}`
    const room = box.width > 46 && box.height > 18
    return s(
      'g',
      {
        class: `cell ${familyOf(node.row.op)}${node.row.index === selected ? ' selected' : ''}`,
        role: 'button',
        tabindex: '-1',
        'aria-label': label,
        onclick: () => choose(node.row.index),
      },
      s('title', {}, label),
      s('rect', {
        x: box.x + 0.5,
        y: box.y + 0.5,
        width: Math.max(0, box.width - 1),
        height: Math.max(0, box.height - 1),
        rx: 1.5,
      }),
      room && s('text', { x: box.x + 5, y: box.y + 14 }, fits(node.name, box.width)),
      room &&
        box.height > 32 &&
        s('text', { x: box.x + 5, y: box.y + 27, class: 'minor' }, fits(time(node.value), box.width)),
    )
  }

  function group(node, box, depth) {
    const framed = depth > 0 && box.width > 48 && box.height > 44
    const inner = framed
      ? { x: box.x + 2, y: box.y + HEADER, width: box.width - 4, height: box.height - HEADER - 2 }
      : box
    const boxes = squarify(
      node.children.map((c) => c.value),
      ...[inner.x, inner.y, inner.width, inner.height],
    )
    const inside = node.children.map((c, i) => (c.row ? cell(c, boxes[i]) : group(c, boxes[i], depth + 1)))
    if (!framed) return s('g', {}, inside)
    const label = `${node.path}: ${time(node.value)}, ${percent(node.value / profile.microseconds)}`
    const open = () => {
      here = node
      redraw()
    }
    const head = s(
      'g',
      { class: 'frame', role: 'button', tabindex: '-1', 'aria-label': `${label}; look inside`, onclick: open },
      s('title', {}, label),
      s('rect', { x: box.x + 0.5, y: box.y + 0.5, width: box.width - 1, height: box.height - 1, rx: 3 }),
      s('text', { x: box.x + 5, y: box.y + 12.5 }, fits(`${node.name} · ${time(node.value)}`, box.width)),
    )
    return s('g', {}, head, inside)
  }

  function crumbs() {
    const path = [root]
    let at = root
    while (at !== here) {
      at = at.children.find((c) => c === here || here.path.startsWith(`${c.path}/`))
      if (!at) break
      path.push(at)
    }
    return h(
      'nav',
      { class: 'crumbs', 'aria-label': 'Place in the network' },
      path.map((node) =>
        h(
          'button',
          {
            type: 'button',
            'aria-current': node === here ? 'true' : undefined,
            onclick: () => {
              here = node
              redraw()
            },
          },
          node === root ? 'whole network' : node.name,
        ),
      ),
    )
  }

  return {
    draw(width, again) {
      redraw = again
      const height = Math.max(260, Math.min(640, Math.round(width * 0.36 + profile.rows.length * 0.5)))
      const svg = s(
        'svg',
        {
          class: 'treemap',
          width,
          height,
          viewBox: `0 0 ${width} ${height}`,
          role: 'group',
          'aria-label': 'Time by node path',
        },
        group(here, { x: 0, y: 0, width, height }, 0),
      )
      rove(svg, '.cell, .frame')
      return [crumbs(), svg]
    },
    select(index) {
      selected = index
      redraw()
    },
  }
}
