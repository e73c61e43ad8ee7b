// The parts of a picture that published evaluations look at.
import { ensure } from '../runtime/error.ts'

/** Columns `left` to below `right`, rows `top` to below `bottom`. */
export interface Crop {
  left: number
  top: number
  right: number
  bottom: number
}

/** Shares of the height and the width, cut to whole pixels. */
const SHARES = {
  garg: { top: 0.40810811, bottom: 0.99189189, left: 0.03594771, right: 0.96405229 },
  eigen: { top: 0.3324324, bottom: 0.91351351, left: 0.0359477, right: 0.96405229 },
}
const NYU: Crop = { left: 41, top: 45, right: 601, bottom: 471 }

/**
 * - `garg`: Garg et al. (2016), for KITTI; what is mostly meant by the Eigen split's crop
 * - `eigen`: Eigen et al. (2014), for KITTI (both as in https://github.com/mrharicot/monodepth, evaluate_kitti.py)
 * - `nyu`: the border-free part of NYU Depth v2's 640 × 480 pixels, as Eigen et al. evaluate it
 */
export const metricCrops = ['none', 'garg', 'eigen', 'nyu'] as const
export type MetricCrop = (typeof metricCrops)[number]

/** The rectangle of a crop in a picture of that size. `nyu` is an `input` error for other sizes than 640 × 480. */
export function cropOf(name: MetricCrop, width: number, height: number): Crop {
  if (name === 'none') return { left: 0, top: 0, right: width, bottom: height }
  if (name === 'nyu') {
    ensure(
      width === 640 && height === 480,
      'input',
      `the crop nyu is a part of 640 × 480 pixels, and this picture has ${width} × ${height}: use the crop none`,
    )
    return NYU
  }
  const { left, top, right, bottom } = SHARES[name]
  return {
    left: Math.trunc(left * width),
    top: Math.trunc(top * height),
    right: Math.trunc(right * width),
    bottom: Math.trunc(bottom * height),
  }
}
