// Puts the report together: one choice of a kernel, shown by every picture.

import { createDetails } from './details.js'
import { h, legend, section } from './dom.js'
import { drawMemory } from './memory.js'
import { createRoofline } from './roofline.js'
import { comparison, header, runs, tiles } from './summary.js'
import { createTable } from './table.js'
import { createTreemap } from './treemap.js'

const { profile, adapter, groups, comparison: changes } = JSON.parse(document.getElementById('data').textContent)

/** Light, dark, or what the system says; remembered where the page may. */
function themeToggle() {
  const root = document.documentElement
  const dark = () =>
    (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark'
  const button = h('button', {
    type: 'button',
    class: 'theme',
    onclick: () => {
      root.dataset.theme = dark() ? 'light' : 'dark'
      name()
    },
  })
  const name = () => {
    button.textContent = dark() ? 'Light' : 'Dark'
    button.setAttribute('aria-label', `Switch to the ${dark() ? 'light' : 'dark'} theme`)
  }
  name()
  return button
}

let chosen = -1
let opener = null
const parts = []
const choose = (index) => {
  if (index < 0 || index >= profile.rows.length) return
  if (chosen < 0) opener = document.activeElement
  chosen = index
  details.show(index)
  for (const part of parts) part.select(index)
}
const details = createDetails(
  profile,
  (by) => choose(chosen + by),
  () => {
    chosen = -1
    for (const part of parts) part.select(-1)
    if (opener?.isConnected) opener.focus()
  },
)

const table = createTable(profile, groups, choose)
const treemap = createTreemap(profile, choose)
const roofline = createRoofline(profile, choose)
parts.push(table, treemap, roofline)

const sections = [
  changes && section('changes', 'Against the earlier profile', '', () => comparison(changes)),
  section(
    'map',
    'Where the time goes',
    'Areas are times. A frame is a part of the node path: choose it to look inside, or a kernel to see its code.',
    (width) => [
      ...treemap.draw(width, () => sections.find((x) => x?.element.id === 'map').redraw()),
      legend(profile.rows),
    ],
  ),
  section(
    'roof',
    'What limits each kernel',
    `The lines are the adapter’s measured roof: memory on the slope, arithmetic on the flat${profile.roof.f16 ? ' (dashed: f16)' : ''}. Sizes are shares of the time.${
      roofline.left ? ` ${roofline.left} calls without floating-point work are not drawn.` : ''
    }`,
    (width) => roofline.draw(width, () => sections.find((x) => x?.element.id === 'roof').redraw()),
  ),
  section('kernels', 'Kernels', '', (width) => table.draw(width)),
  section('memory', 'Memory', '', (width) => drawMemory(profile, width, choose)),
  section('runs', 'The run around the kernels', '', () => runs(profile)),
].filter(Boolean)

document
  .getElementById('report')
  .append(
    header(profile, adapter, themeToggle()),
    tiles(profile),
    ...sections.map((part) => part.element),
    details.element,
  )
