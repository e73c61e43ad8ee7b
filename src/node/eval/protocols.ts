// How predictions are measured against a data set's truth, by name.
import type { MetricOptions } from '../../depth/index.ts'

export interface Protocol extends Required<Omit<MetricOptions, 'align'>> {
  /** For relative predictions; those in metres are taken as they are. */
  align: 'median' | 'scale-shift'
  /** Metres of one unit of a PNG with the truth; undefined where the data set does not say. */
  scale?: number
  /** How a prediction of another size is brought to the truth's. */
  upsample: 'bilinear' | 'bicubic'
}

/**
 * - `plain`: every true depth counts
 * - `kitti-eigen`: the Eigen split as Monodepth2 and its successors measure it: Garg's crop, 1e-3 to 80 m
 * - `nyu`: NYU Depth v2 as BTS, DPT and ZoeDepth measure it: Eigen's crop, 1e-3 to 10 m
 * - `midas`: scale and shift by least squares in disparity (Ranftl et al., 2020); no crop, up to 80 m
 */
export const protocols: Record<string, Protocol> = {
  plain: { crop: 'none', min: 1e-3, max: Number.POSITIVE_INFINITY, align: 'median', upsample: 'bilinear' },
  'kitti-eigen': { crop: 'garg', min: 1e-3, max: 80, align: 'median', scale: 1 / 256, upsample: 'bilinear' },
  nyu: { crop: 'nyu', min: 1e-3, max: 10, align: 'median', scale: 1 / 1000, upsample: 'bilinear' },
  midas: { crop: 'none', min: 1e-3, max: 80, align: 'scale-shift', upsample: 'bicubic' },
}
