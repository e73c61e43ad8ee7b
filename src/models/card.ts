// What the depth layer must know of a model: how its input is made and what its output means.

/**
 * How the network's size follows from the photo's:
 *
 * - `stretch`: always `width` × `height`, the whole photo, its aspect ratio not kept
 * - `crop`: always `width` × `height`, from the largest centred part of the photo with that aspect ratio
 * - `lower_bound`, `upper_bound`, `minimal`: the photo's aspect ratio, each side a multiple of `multipleOf`; neither
 *   side below the given one, neither above it, or as little scaling as possible (the `Resize` rule of MiDaS,
 *   https://github.com/isl-org/MiDaS/blob/master/midas/transforms.py)
 */
export type ResizeRule = 'stretch' | 'crop' | 'lower_bound' | 'upper_bound' | 'minimal'

/**
 * `nearest`, `bilinear` and `bicubic` (a = -0.75) sample at half-pixel centres without antialias, as OpenCV does;
 * `area` averages over each new pixel's box as OpenCV does (bilinear where the picture grows); `triangle` and
 * `lanczos` widen with the reduction, as Pillow's BILINEAR and LANCZOS do.
 */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'area' | 'triangle' | 'lanczos'

export type Triple = readonly [number, number, number]

/** Input = (byte · scale − mean) / std, channels in the order R, G, B. */
export interface InputRule {
  /** Pixels; a model whose file fixes its input's size gets that size instead. */
  width: number
  height: number
  resize: ResizeRule
  multipleOf: number
  interpolation: Interpolation
  /** Uses only this central share of the photo's width and height; a photo of the network's own size is used whole. */
  crop?: number
  /**
   * The network is made for this central share of the photo's width and height, but is shown all of it, where things
   * look smaller and so farther: depth is multiplied by the share. A photo of the network's own size is left alone.
   */
  view?: number
  scale: number
  mean: Triple
  std: Triple
  channels: 'rgb'
}

/** Value = times · g(scale · x + shift), where g is the identity or, with `reciprocal`, 1 / max(·, 1e-8). */
export interface OutputFormula {
  scale?: number
  shift?: number
  reciprocal?: boolean
  times?: number
}

export interface OutputRule {
  /** Name of the graph's output; by default the largest picture among the outputs, the first of equals. */
  name?: string
  kind: 'disparity' | 'depth'
  unit: 'relative' | 'metre'
  /** Applied after the resize to the photo. */
  formula?: OutputFormula
  /** How the model's own code brings the result to the photo's size. */
  upsample: 'bilinear' | 'bicubic'
  alignCorners: boolean
}

export interface ModelCard {
  /** What {@link findCard} looks for: lower case, with hyphens. */
  name: string
  family: string
  input: InputRule
  output: OutputRule
  /** Licence of the code and, where it differs, of the weights. */
  licence: string
  notes: string
  /** The project whose code states these rules. */
  source: string
}

/** Mean and deviation of ImageNet's pixels. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const
/** [0, 1] to [-1, 1]. */
export const SIGNED = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const
/** Bytes / 255 and nothing else. */
export const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] } as const

/** An input rule with the common defaults: bytes / 255, RGB. */
export const input = (
  width: number,
  height: number,
  rule: Pick<InputRule, 'resize' | 'interpolation' | 'mean' | 'std'> & Partial<InputRule>,
): InputRule => ({ width, height, multipleOf: 1, scale: 1 / 255, channels: 'rgb', ...rule })
