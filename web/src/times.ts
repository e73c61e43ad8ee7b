// The table of times: the stages of a picture, or of a video's frames.
import { byId, make } from './dom.ts'
import { milliseconds } from './figures.ts'

export interface Row {
  name: string
  /** Milliseconds, or a text of its own. */
  value: number | string
  /** Rows with a bar share one scale. */
  bar?: boolean
}

export function showTimes(rows: readonly Row[]): void {
  const most = Math.max(...rows.map((r) => (r.bar && typeof r.value === 'number' ? r.value : 0)), 1e-9)
  byId('times').replaceChildren(
    ...rows.flatMap(({ name, value, bar }) => {
      const text = make('dd', {}, typeof value === 'number' ? milliseconds(value) : value)
      const term = make('dt', {}, name)
      if (bar && typeof value === 'number') term.style.setProperty('--share', String(value / most))
      return [term, text]
    }),
  )
}
