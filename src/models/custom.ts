// Cards for networks that have none, and cards changed by options.
import { ensure } from '../runtime/error.ts'
import {
  type InputRule,
  type ModelCard,
  type OutputFormula,
  PILLOW,
  type ResampleRule,
  type ResizeRule,
} from './card.ts'

/** What may be said of a network instead of, or on top of, its card. All of it has a counterpart on the command line. */
export interface CardOptions {
  /** Of the channels in their order, after `scale`: one number for all, or three. */
  mean?: number | readonly number[]
  std?: number | readonly number[]
  /** What a byte is multiplied by; 1/255 by default. */
  scale?: number
  /** The network's input in pixels: width and height, or one number for both. */
  size?: number | readonly [number, number]
  resize?: ResizeRule
  multipleOf?: number
  /** A name of {@link resamplers}. */
  interpolation?: string
  channels?: 'rgb' | 'bgr'
  kind?: 'disparity' | 'depth'
  unit?: 'relative' | 'metre'
  /** Which output of the graph is the depth. */
  output?: string
  /** How the result becomes the photo's size. */
  upsample?: 'bilinear' | 'bicubic'
  alignCorners?: boolean
  formula?: OutputFormula
}

/** Ways to resize, by name: OpenCV's (and PyTorch's), which sample, and Pillow's, which average where a picture shrinks. */
export const resamplers: Readonly<Record<string, ResampleRule>> = {
  nearest: { interpolation: 'nearest' },
  bilinear: { interpolation: 'bilinear' },
  bicubic: { interpolation: 'bicubic' },
  lanczos: { interpolation: 'lanczos' },
  area: { interpolation: 'area' },
  'pil-bilinear': { interpolation: 'bilinear', ...PILLOW },
  'pil-bicubic': { interpolation: 'bicubic', ...PILLOW },
  'pil-lanczos': { interpolation: 'lanczos', ...PILLOW },
  'antialias-bilinear': { interpolation: 'bilinear', antialias: true },
  'antialias-bicubic': { interpolation: 'bicubic', antialias: true, cubic: -0.5 },
  'antialias-lanczos': { interpolation: 'lanczos', antialias: true },
}

const RESIZE_RULES: readonly ResizeRule[] = [
  'stretch',
  'crop',
  'letterbox',
  'lower_bound',
  'upper_bound',
  'minimal',
  'longest',
]

function triple(value: number | readonly number[], what: string): readonly [number, number, number] {
  const list = typeof value === 'number' ? [value, value, value] : value
  ensure(
    list.length === 3 && list.every(Number.isFinite),
    'input',
    `${what} takes one number or three, not ${[value].flat().join(', ')}`,
  )
  return [list[0], list[1], list[2]]
}

/** Throws unless an option that was given is one of its values. */
function check(what: string, value: string | undefined, all: readonly string[]): void {
  if (value !== undefined)
    ensure(all.includes(value), 'input', `${what} cannot be "${value}"; it is one of ${all.join(', ')}`)
}

const resampling: (keyof ResampleRule)[] = ['interpolation', 'enlarge', 'antialias', 'cubic', 'bytes', 'alignCorners']

/** The rule without how it resamples. */
function withoutResampling(rule: InputRule): Omit<InputRule, keyof ResampleRule> {
  const rest: Partial<InputRule> = { ...rule }
  for (const key of resampling) delete rest[key]
  return rest as Omit<InputRule, keyof ResampleRule>
}

/**
 * A card with some of its rules changed. Errors: `input` where an option cannot hold. A unit or kind that is given
 * alone drops the card's formula, which was made for the other.
 */
export function customCard(card: ModelCard, options: CardOptions): ModelCard {
  let { input, output } = card
  const { interpolation, resize, multipleOf, channels, scale, kind, unit } = options
  check('interpolation', interpolation, Object.keys(resamplers))
  check('resize', resize, RESIZE_RULES)
  check('channels', channels, ['rgb', 'bgr'])
  check('kind', kind, ['disparity', 'depth'])
  check('unit', unit, ['relative', 'metre'])
  check('upsample', options.upsample, ['bilinear', 'bicubic'])
  if (interpolation !== undefined) input = { ...withoutResampling(input), ...resamplers[interpolation] }
  if (resize !== undefined) input = { ...input, resize }
  if (multipleOf !== undefined) {
    ensure(Number.isInteger(multipleOf) && multipleOf > 0, 'input', `multipleOf is ${multipleOf}: a whole number it is`)
    input = { ...input, multipleOf }
  }
  if (options.size !== undefined) {
    const [width, height] = typeof options.size === 'number' ? [options.size, options.size] : options.size
    ensure(
      [width, height].every((n) => Number.isInteger(n) && n > 0 && n <= 16384),
      'input',
      `a network’s input cannot be ${width} × ${height} pixels`,
    )
    input = { ...input, width, height }
  }
  if (channels !== undefined) input = { ...input, channels }
  if (scale !== undefined) {
    ensure(scale > 0 && Number.isFinite(scale), 'input', `scale is ${scale}; it must be positive`)
    input = { ...input, scale }
  }
  if (options.mean !== undefined) input = { ...input, mean: triple(options.mean, 'mean') }
  if (options.std !== undefined) {
    const std = triple(options.std, 'std')
    ensure(
      std.every((s) => s > 0),
      'input',
      `std is ${std.join(', ')}; deviations are positive`,
    )
    input = { ...input, std }
  }
  if ((kind ?? output.kind) !== output.kind || (unit ?? output.unit) !== output.unit)
    output = {
      ...output,
      kind: kind ?? output.kind,
      unit: unit ?? output.unit,
      formula: undefined,
      focal: undefined,
      range: undefined,
    }
  ensure(
    output.unit === 'relative' || output.kind === 'depth',
    'input',
    'disparity has no metres here: its kind is "depth" if the network gives metres, else its unit is "relative"',
  )
  output = {
    ...output,
    name: options.output ?? output.name,
    formula: options.formula ?? output.formula,
    upsample: options.upsample ?? output.upsample,
    alignCorners: options.alignCorners ?? output.alignCorners,
  }
  return { ...card, input, output }
}

/**
 * The card as the transformers library prepares pictures, for graphs that were exported from there and are to repeat its
 * numbers: Pillow's bicubic on bytes, and for rules that keep the aspect ratio always "minimal".
 */
export function transformersCard(card: ModelCard): ModelCard {
  const { input } = card
  const resize = input.resize === 'lower_bound' || input.resize === 'upper_bound' ? 'minimal' : input.resize
  return { ...card, input: { ...withoutResampling(input), resize, interpolation: 'bicubic', ...PILLOW } }
}
