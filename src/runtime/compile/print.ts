// A program as text.
import type { Program } from '../op.ts'

/** A printed program: one line a call, for tests and for `isobath info`. */
export function formatProgram(p: Program): string {
  const where = (id: number) => {
    const place = p.places.get(id)
    if (!place) return '?'
    return 'weight' in place ? `w${place.weight}` : `b${place.buffer}`
  }
  const lines = p.calls.map((c) => {
    const consts = Object.entries(c.consts).map(([k, v]) => `${k}=${v}`)
    const bind = Object.entries(c.bind).map(([k, id]) => `${k}:${where(id)}`)
    return `${c.op} ${c.shader}(${consts.join(' ')}) ${bind.join(' ')} [${c.groups.join(', ')}]`
  })
  return lines.join('\n')
}
