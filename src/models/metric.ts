// Networks for metres in any picture: ZoeDepth (Bhat et al., 2023), Metric3D v2 (Hu et al., 2024), Depth Pro (Bochkovskii
// et al., 2024).
import { input, type ModelCard, SIGNED } from './card.ts'

const zoe = (name: string, file: string, trained: string): ModelCard => ({
  name,
  family: 'zoedepth',
  input: input(512, 384, {
    resize: 'minimal',
    interpolation: 'bilinear',
    alignCorners: true,
    multipleOf: 32,
    reflect: 3,
    ...SIGNED,
  }),
  output: { kind: 'depth', unit: 'metre', upsample: 'bicubic', alignCorners: false },
  parameters: 345,
  files: [{ name: file }],
  licence: 'MIT; the weights are released with the code, no licence of their own is stated',
  notes:
    `Depth in metres, ${trained}. The photo is mirrored at its borders first. The authors also average with the mirror ` +
    'image’s result: the option `flip: "mean"`.',
  source: 'https://github.com/isl-org/ZoeDepth',
})

/** The authors' numbers are on the scale of bytes, and so are these. */
const IMAGENET_BYTES = { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] } as const

const metric3d = (name: string, backbone: string, width: number, height: number, file: string): ModelCard => ({
  name,
  family: 'metric3d',
  input: input(width, height, {
    resize: 'letterbox',
    interpolation: 'bilinear',
    bytes: true,
    fill: IMAGENET_BYTES.mean,
    scale: 1,
    ...IMAGENET_BYTES,
  }),
  output: {
    kind: 'depth',
    unit: 'metre',
    focal: { rule: 'canonical', canonical: 1000 },
    formula: { limits: [0, 300] },
    range: [0, 300],
    upsample: 'bilinear',
    alignCorners: false,
  },
  files: [{ name: file }],
  licence: 'BSD-2-Clause; for commercial use the authors ask to be contacted',
  notes:
    `${backbone}. The graph ends in the depth of a camera with a focal length of 1000 pixels; metres are that times the ` +
    'focal length, in pixels of the picture that the network sees, over 1000: they are as good as the focal length is.',
  source: 'https://github.com/YvanYin/Metric3D',
})

/** The authors' ONNX script puts the normalisation into the graph, which then takes bytes. */
const onnx = (card: ModelCard): ModelCard => ({
  ...card,
  name: `${card.name}-onnx`,
  input: { ...card.input, mean: [0, 0, 0], std: [1, 1, 1] },
  files: undefined,
  notes: `${card.notes} Exported by the authors’ ONNX script: the graph takes bytes and normalises by itself.`,
})

const metric3ds = [
  metric3d('metric3d-vit-small', 'ViT-S', 1064, 616, 'metric_depth_vit_small_800k.pth'),
  metric3d('metric3d-vit-large', 'ViT-L', 1064, 616, 'metric_depth_vit_large_800k.pth'),
  metric3d('metric3d-vit-giant', 'ViT-g', 1064, 616, 'metric_depth_vit_giant2_800k.pth'),
  metric3d('metric3d-convnext-tiny', 'ConvNeXt-T', 1216, 544, 'convtiny_hourglass_v1.pth'),
  metric3d('metric3d-convnext-large', 'ConvNeXt-L', 1216, 544, 'convlarge_hourglass_0.3_150_step750k_v1.1.pth'),
]

export const metric: readonly ModelCard[] = [
  zoe('zoedepth-n', 'ZoeD_M12_N.pt', 'tuned on NYU Depth v2 (indoor)'),
  zoe('zoedepth-k', 'ZoeD_M12_K.pt', 'tuned on KITTI (driving)'),
  zoe('zoedepth-nk', 'ZoeD_M12_NK.pt', 'tuned on both; a classifier picks the head'),
  ...metric3ds,
  ...metric3ds.map(onnx),
  {
    name: 'depth-pro',
    family: 'depth-pro',
    input: input(1536, 1536, { resize: 'stretch', interpolation: 'bilinear', ...SIGNED }),
    output: {
      kind: 'depth',
      unit: 'metre',
      focal: { rule: 'inverse' },
      formula: { reciprocal: true, limits: [1e-4, 1e4] },
      range: [1e-4, 1e4],
      upsample: 'bilinear',
      alignCorners: false,
    },
    parameters: 950,
    files: [{ name: 'depth_pro.pt' }],
    licence: 'Apple’s own, for code and weights: use, change and redistribution, no patent grant',
    notes:
      'The graph ends in canonical inverse depth c, and may give the horizontal field of view in degrees as a second ' +
      'output of one element. Metres are 1 / (c · width / focal length). A focal length that is given goes before the ' +
      'network’s own.',
    source: 'https://github.com/apple/ml-depth-pro',
  },
]
