// What the depth layer must know of a model: how its input is made and what its output means.

/**
 * How the network's size follows from the photo's:
 *
 * - `stretch`: always `width` × `height`, the whole photo, its aspect ratio not kept
 * - `crop`: always `width` × `height`, from the largest centred part of the photo with that aspect ratio
 * - `letterbox`: always `width` × `height`; the photo, as large as it fits with its aspect ratio kept (sides rounded
 *   down), stands in the middle and `fill` around it
 * - `lower_bound`, `upper_bound`, `minimal`: the photo's aspect ratio, each side a multiple of `multipleOf`; neither
 *   side below the given one, neither above it, or as little scaling as possible (the `Resize` rule of MiDaS,
 *   https://github.com/isl-org/MiDaS/blob/master/midas/transforms.py)
 * - `longest`: the longer side becomes `width`, the shorter follows; both then go to the nearest multiple of
 *   `multipleOf`, the larger one of two equally near (as Depth Anything 3 does)
 */
export type ResizeRule = 'stretch' | 'crop' | 'letterbox' | 'lower_bound' | 'upper_bound' | 'minimal' | 'longest'

/**
 * The filter, at half-pixel centres unless `alignCorners`: `nearest` (Pillow's), `bilinear`, `bicubic` (Keys' kernel),
 * `lanczos` (three lobes), `area` (the mean over each new pixel's box; where a side grows OpenCV's bilinear variant of
 * INTER_AREA).
 */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos' | 'area'

export type Triple = readonly [number, number, number]

/** How a photo is resampled. */
export interface ResampleRule {
  interpolation: Interpolation
  /** The filter where the photo is enlarged; `interpolation` by default. */
  enlarge?: Interpolation
  /** The filter widens with the reduction, as Pillow's does and PyTorch's with `antialias`. OpenCV's does not. */
  antialias?: boolean
  /** Keys' a of `bicubic`: -0.75 (OpenCV, PyTorch) by default, -0.5 for Pillow and PyTorch with `antialias`. */
  cubic?: -0.75 | -0.5
  /** Results are rounded and clipped to bytes, after each of two passes, as code does that resizes 8-bit pictures. */
  bytes?: boolean
  /** The centres of the corner pixels fall on each other; without `antialias` only. */
  alignCorners?: boolean
}

/** Input = (byte · scale − mean) / std, channels in the order of `channels`; so are `mean`, `std` and `fill`. */
export interface InputRule extends ResampleRule {
  /** Pixels; a model whose file fixes its input's size gets that size instead. */
  width: number
  height: number
  resize: ResizeRule
  multipleOf: number
  /** Uses only this central share of the photo's width and height; a photo of the network's own size is used whole. */
  crop?: number
  /**
   * The network is made for this central share of the photo's width and height, but is shown all of it, where things
   * look smaller and so farther: depth is multiplied by the share. A photo of the network's own size is left alone.
   */
  view?: number
  /** The photo is first enlarged by floor(√(side / 2) · reflect) mirrored pixels at each end of a side. */
  reflect?: number
  /** What stands around the photo, as bytes 0 to 255; for `letterbox`. */
  fill?: Triple
  scale: number
  mean: Triple
  std: Triple
  channels: 'rgb' | 'bgr'
}

/** Value = clamp(times · g(scale · x + shift), limits), where g is the identity or, with `reciprocal`, 1 / max(·, 1e-8). */
export interface OutputFormula {
  scale?: number
  shift?: number
  reciprocal?: boolean
  times?: number
  limits?: readonly [number, number]
}

/**
 * How the result depends on the camera; x is multiplied, before the formula, by
 *
 * - `canonical`: focal length / canonical, the focal length in pixels of the picture that the network sees
 * - `inverse`: width / focal length, in pixels of the photo. `output` names the graph's output that holds the horizontal
 *   field of view in degrees, for photos whose focal length is not given
 */
export type FocalRule = { rule: 'canonical'; canonical: number } | { rule: 'inverse'; output?: string }

export interface OutputRule {
  /** Name of the graph's output; by default the largest picture among the outputs, the first of equals. */
  name?: string
  kind: 'disparity' | 'depth'
  unit: 'relative' | 'metre'
  /** Applied after the resize to the photo. */
  formula?: OutputFormula
  focal?: FocalRule
  /** Least and greatest value that the network can give, after the formula; absent where nobody states them. */
  range?: readonly [number, number]
  /** How the model's own code brings the result to the photo's size. */
  upsample: 'bilinear' | 'bicubic'
  alignCorners: boolean
}

/** A file of weights or a graph. */
export interface ModelFile {
  name: string
  bytes?: number
  /** Hexadecimal; absent where it is not known. */
  sha256?: string
  /** The first digits of the SHA-256, where the publisher put them into the file's name. */
  sha256Prefix?: string
  /** An ONNX file's address, whose content does not change; with `bytes` and `sha256`. */
  url?: string
  /** The server at `url` lets no page of another site read it, as a browser tells by CORS. */
  notInBrowsers?: true
  /** How its weights are stored; float32 by default. */
  weights?: 'float16'
}

/** A file that can be fetched. */
export type PublishedFile = ModelFile & Required<Pick<ModelFile, 'url' | 'bytes' | 'sha256'>>

export interface ModelCard {
  /** What {@link findCard} looks for: lower case, with hyphens. */
  name: string
  family: string
  input: InputRule
  output: OutputRule
  /** Of the whole network, in millions. */
  parameters?: number
  /** Files under which the network is published. */
  files?: readonly ModelFile[]
  /** Licence of the code and, where it differs or nothing states it, what is known of the weights'. */
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

/** Pillow's filters on 8-bit pictures: wide where the picture shrinks, and rounded to bytes. */
export const PILLOW = { antialias: true, cubic: -0.5, bytes: true } as const

/** An input rule with the common defaults: bytes / 255, RGB. */
export const input = (
  width: number,
  height: number,
  rule: Pick<InputRule, 'resize' | 'interpolation' | 'mean' | 'std'> & Partial<InputRule>,
): InputRule => ({ width, height, multipleOf: 1, scale: 1 / 255, channels: 'rgb', ...rule })
