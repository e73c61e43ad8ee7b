// `node tools/zoo/list.mjs`: the networks of the zoo, with their trained values beside the published figures.
import { countParameters, fullName, models } from './index.mjs'

const millions = (n) => (n / 1e6).toFixed(3)
const rows = models.map((m) => {
  const { counts, counted, published, equal } = countParameters(m)
  const verdict = published === undefined ? '' : equal ? 'equal' : 'differs'
  return [fullName(m), millions(counted), published ?? '–', verdict, millions(counts.graph), m.why ?? '']
})
rows.unshift(['network', 'parameters, M', 'published, M', '', 'used by the graph, M', ''])
const widths = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)))
for (const row of rows)
  console.log(
    row
      .map((cell, i) => (i === 0 || i > 4 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  )
