// Measures as tables for papers, spreadsheets and terminals.
import { type DepthErrors, errorNames } from '../../depth/index.ts'

export const tableFormats = ['markdown', 'csv', 'latex'] as const
export type TableFormat = (typeof tableFormats)[number]

export interface TableRow {
  name: string
  errors: DepthErrors
  pixels?: number
}

/** Heads: plain, and as LaTeX writes them; with the arrow of what is better. */
const HEADS: Record<keyof DepthErrors, [string, string]> = {
  absRel: ['AbsRel ↓', 'AbsRel $\\downarrow$'],
  sqRel: ['SqRel ↓', 'SqRel $\\downarrow$'],
  rmse: ['RMSE ↓', 'RMSE $\\downarrow$'],
  rmseLog: ['RMSE log ↓', 'RMSE log $\\downarrow$'],
  log10: ['log10 ↓', '$\\log_{10}$ $\\downarrow$'],
  silog: ['SILog ↓', 'SILog $\\downarrow$'],
  delta1: ['δ < 1.25 ↑', '$\\delta<1.25$ $\\uparrow$'],
  delta2: ['δ < 1.25² ↑', '$\\delta<1.25^2$ $\\uparrow$'],
  delta3: ['δ < 1.25³ ↑', '$\\delta<1.25^3$ $\\uparrow$'],
}

const digits = (name: keyof DepthErrors) => (name === 'silog' ? 2 : 3)
const escapeLatex = (text: string) => text.replace(/[_%&#$]/g, '\\$&')

/** The last row is the overall one and is set apart where the format can do that. */
export function formatErrors(rows: readonly TableRow[], format: TableFormat): string {
  if (format === 'csv') {
    const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
    const lines = rows.map((r) => [quote(r.name), ...errorNames.map((n) => r.errors[n]), r.pixels ?? ''].join(','))
    return [['image', ...errorNames, 'pixels'].join(','), ...lines].join('\n')
  }
  const cells = rows.map((r) => errorNames.map((n) => r.errors[n].toFixed(digits(n))))
  const last = rows.length - 1
  if (format === 'latex') {
    const lines = rows.map(
      (r, i) => `${i === last && i ? '\\midrule\n' : ''}${[escapeLatex(r.name), ...cells[i]].join(' & ')} \\\\`,
    )
    return [
      `\\begin{tabular}{l${'c'.repeat(errorNames.length)}}`,
      '\\toprule',
      `${['', ...errorNames.map((n) => HEADS[n][1])].join(' & ')} \\\\`,
      '\\midrule',
      ...lines,
      '\\bottomrule',
      '\\end{tabular}',
    ].join('\n')
  }
  const bold = (text: string, i: number) => (i === last && last > 0 ? `**${text}**` : text)
  const heads = ['image', ...errorNames.map((n) => HEADS[n][0])]
  const body = rows.map((r, i) => [r.name, ...cells[i]].map((c) => bold(c, i)))
  const widths = heads.map((h, c) => Math.max(h.length, ...body.map((row) => row[c].length)))
  const line = (row: string[]) =>
    `| ${row.map((v, c) => (c ? v.padStart(widths[c]) : v.padEnd(widths[c]))).join(' | ')} |`
  const rule = `| ${widths.map((w, c) => (c ? `${'-'.repeat(w - 1)}:` : '-'.repeat(w))).join(' | ')} |`
  return [line(heads), rule, ...body.map(line)].join('\n')
}
