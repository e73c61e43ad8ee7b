// Depth Anything v1 and v2 (Yang et al., 2024): a DINOv2 encoder with a DPT head.
import { IMAGENET, input, type ModelCard, type OutputRule } from './card.ts'

const rule = input(518, 518, { resize: 'lower_bound', interpolation: 'bicubic', multipleOf: 14, ...IMAGENET })

const upsample = { upsample: 'bilinear', alignCorners: true } as const
const relative: OutputRule = { kind: 'disparity', unit: 'relative', ...upsample }
const metric: OutputRule = { kind: 'depth', unit: 'metre', ...upsample }

const sizes = ['small', 'base', 'large'] as const

const v1: ModelCard[] = sizes.map((size) => ({
  name: `depth-anything-${size}`,
  family: 'depth-anything',
  input: rule,
  output: relative,
  licence: 'Apache-2.0',
  notes: 'Inverse depth up to an unknown scale and shift, larger is nearer.',
  source: 'https://github.com/LiheYoung/Depth-Anything',
}))

const licenceV2 = (size: string) =>
  size === 'small' ? 'Apache-2.0' : 'code Apache-2.0, weights CC-BY-NC-4.0 (no commercial use)'
const source = 'https://github.com/DepthAnything/Depth-Anything-V2'

const v2: ModelCard[] = sizes.map((size) => ({
  name: `depth-anything-v2-${size}`,
  family: 'depth-anything-v2',
  input: rule,
  output: relative,
  licence: licenceV2(size),
  notes: 'Inverse depth up to an unknown scale and shift, larger is nearer.',
  source,
}))

const v2metric: ModelCard[] = (['indoor', 'outdoor'] as const).flatMap((place) =>
  sizes.map((size) => ({
    name: `depth-anything-v2-metric-${place}-${size}`,
    family: 'depth-anything-v2',
    input: rule,
    output: metric,
    licence: licenceV2(size),
    notes:
      place === 'indoor'
        ? 'Depth in metres up to 20 (trained on Hypersim).'
        : 'Depth in metres up to 80 (trained on Virtual KITTI).',
    source,
  })),
)

export const depthAnything: readonly ModelCard[] = [...v1, ...v2, ...v2metric]
