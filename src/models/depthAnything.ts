// Depth Anything v1 and v2 (Yang et al., 2024), a DINOv2 encoder with a DPT head, and v3 (Lin et al., 2025).
import { IMAGENET, input, type ModelCard, type ModelFile, type OutputRule, SIGNED } from './card.ts'

const rule = input(518, 518, { resize: 'lower_bound', interpolation: 'bicubic', multipleOf: 14, ...IMAGENET })

const upsample = { upsample: 'bilinear', alignCorners: true } as const
const relative: OutputRule = { kind: 'disparity', unit: 'relative', ...upsample }

const sizes = [
  { size: 'small', letter: 's', parameters: 24.8 },
  { size: 'base', letter: 'b', parameters: 97.5 },
  { size: 'large', letter: 'l', parameters: 335.3 },
] as const

const notes = 'Inverse depth up to an unknown scale and shift, at least 0, larger is nearer.'
const sourceV1 = 'https://github.com/LiheYoung/Depth-Anything'
const sourceV2 = 'https://github.com/DepthAnything/Depth-Anything-V2'

const v1: ModelCard[] = sizes.map(({ size, letter, parameters }) => ({
  name: `depth-anything-${size}`,
  family: 'depth-anything',
  input: rule,
  output: relative,
  parameters,
  files: [{ name: `depth_anything_vit${letter}14.pth` }],
  licence: 'Apache-2.0',
  notes,
  source: sourceV1,
}))

/** Version 1 in metres is ZoeDepth's code around Depth Anything's encoder. */
const v1metric: ModelCard[] = (['indoor', 'outdoor'] as const).map((place) => ({
  name: `depth-anything-metric-${place}`,
  family: 'depth-anything',
  input: input(518, 392, {
    resize: 'stretch',
    interpolation: 'bilinear',
    alignCorners: true,
    multipleOf: 14,
    ...SIGNED,
  }),
  output: { kind: 'depth', unit: 'metre', upsample: 'bicubic', alignCorners: false },
  files: [{ name: `depth_anything_metric_depth_${place}.pt` }],
  licence: 'Apache-2.0',
  notes:
    `Depth in metres, tuned on ${place === 'indoor' ? 'NYU Depth v2' : 'KITTI'}, in ZoeDepth’s code. Size and ` +
    'normalisation are ZoeDepth’s convention and were not checked against a published file.',
  source: sourceV1,
}))

const licenceV2 = (size: string) =>
  size === 'small' ? 'Apache-2.0' : 'code Apache-2.0, weights CC-BY-NC-4.0 (no commercial use)'

/** An export with open height and width. Hashes are those of the host's own index. */
const exportV2 =
  'https://huggingface.co/onnx-community/depth-anything-v2-small/resolve/4472b7362082ad9968fee890ca0f1e5aca36b93d/onnx'
const exportedV2: ModelFile[] = [
  {
    name: 'depth-anything-v2-small.onnx',
    url: `${exportV2}/model.onnx`,
    bytes: 99060839,
    sha256: 'afb6a5c28f3b6bf1618c6e43f02073ef9dfdc70e937502d51603e57b0a1df10c',
  },
  {
    name: 'depth-anything-v2-small-fp16.onnx',
    url: `${exportV2}/model_fp16.onnx`,
    bytes: 49642442,
    sha256: '2df6223f206b5164e21f664ace61dabeb9bb6a49b8b5a3e00510b4807d0f5b04',
    weights: 'float16',
  },
]

const v2: ModelCard[] = sizes.map(({ size, letter, parameters }) => ({
  name: `depth-anything-v2-${size}`,
  family: 'depth-anything-v2',
  input: rule,
  output: relative,
  parameters,
  files: [{ name: `depth_anything_v2_vit${letter}.pth` }, ...(size === 'small' ? exportedV2 : [])],
  licence: licenceV2(size),
  notes,
  source: sourceV2,
}))

const v2metric: ModelCard[] = (
  [
    ['indoor', 'hypersim', 'Hypersim', 20],
    ['outdoor', 'vkitti', 'Virtual KITTI', 80],
  ] as const
).flatMap(([place, short, title, most]) =>
  sizes.map(({ size, letter, parameters }) => ({
    name: `depth-anything-v2-metric-${place}-${size}`,
    family: 'depth-anything-v2',
    input: rule,
    output: { kind: 'depth', unit: 'metre', range: [0, most], ...upsample },
    parameters,
    files: [{ name: `depth_anything_v2_metric_${short}_vit${letter}.pth` }],
    licence: licenceV2(size),
    notes: `Depth in metres: the graph ends in ${most} times a sigmoid (trained on ${title}).`,
    source: sourceV2,
  })),
)

const rule3 = input(504, 504, {
  resize: 'longest',
  interpolation: 'area',
  enlarge: 'bicubic',
  bytes: true,
  multipleOf: 14,
  ...IMAGENET,
})
const sourceV3 = 'https://github.com/ByteDance-Seed/Depth-Anything-3'
const twice = 'The authors resize twice, to the longer side and then to multiples of 14; here it is once.'

const v3: ModelCard[] = [
  ...(
    [
      ['small', 80, 'Apache-2.0'],
      ['base', 120, 'Apache-2.0'],
      ['large', 350, 'code Apache-2.0, weights CC-BY-NC-4.0 (no commercial use)'],
      ['giant', 1150, 'code Apache-2.0, weights CC-BY-NC-4.0 (no commercial use)'],
      ['mono-large', 350, 'Apache-2.0'],
    ] as const
  ).map(
    ([size, parameters, licence]): ModelCard => ({
      name: `depth-anything-3-${size}`,
      family: 'depth-anything-3',
      input: rule3,
      output: { kind: 'depth', unit: 'relative', upsample: 'bilinear', alignCorners: false },
      parameters,
      licence,
      notes: `Depth (not disparity) up to an unknown scale, from one view. ${twice}`,
      source: sourceV3,
    }),
  ),
  {
    name: 'depth-anything-3-metric-large',
    family: 'depth-anything-3',
    input: rule3,
    output: {
      kind: 'depth',
      unit: 'metre',
      focal: { rule: 'canonical', canonical: 300 },
      upsample: 'bilinear',
      alignCorners: false,
    },
    parameters: 350,
    licence: 'Apache-2.0',
    notes:
      'Metres are the output times the focal length, in pixels of the picture that the network sees, over 300: they ' +
      `are as good as the focal length is. ${twice}`,
    source: sourceV3,
  },
]

export const depthAnything: readonly ModelCard[] = [...v1, ...v1metric, ...v2, ...v2metric, ...v3]
