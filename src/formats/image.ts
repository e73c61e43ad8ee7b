// Depth on the host, as the formats read and write it.
import type { DepthMap } from '../depth/types.ts'
import { ensure } from '../runtime/error.ts'

/** Depth or disparity, row after row from the top; NaN where there is no value. */
export interface DepthImage extends Pick<DepthMap, 'width' | 'height' | 'kind' | 'unit'> {
  values: Float32Array
}

/** Numbers in rows from the top, whose meaning the file does not tell. */
export interface FloatImage {
  width: number
  height: number
  values: Float32Array
}

/** Throws `shape` unless the values fill the image. */
export function checkFilled({ width, height, values }: { width: number; height: number; values: ArrayLike<number> }) {
  ensure(
    values.length === width * height,
    'shape',
    `${values.length} values do not fill an image of ${width} × ${height}`,
  )
}
