// What needs metres, and maps that have none.
import { ensure } from '../runtime/error.ts'
import type { DepthMap } from './types.ts'

/** Says what the one number means that makes metres of a relative map. */
export const scaleMeaning = (kind: DepthMap['kind']): string =>
  kind === 'disparity' ? 'the disparity of a point times its distance in metres' : 'the metres of one unit of depth'

/** Throws `input` unless the map has metres or a scale was given. `what` needs them, in the plural, as "points". */
export function requireMetres(map: Pick<DepthMap, 'kind' | 'unit'>, what: string, scale?: number): void {
  ensure(
    map.unit === 'metre' || scale !== undefined,
    'input',
    () =>
      `${what} need metres, and this map is relative ${map.kind}: its scale is unknown. Use a metric model, or give ` +
      `\`scale\`: ${scaleMeaning(map.kind)}; or align the map to points of known distance with alignDepth`,
  )
  ensure(
    scale === undefined || (scale > 0 && Number.isFinite(scale)),
    'input',
    `scale is ${scale}; it must be positive`,
  )
}
