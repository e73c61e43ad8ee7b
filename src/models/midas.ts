// MiDaS v2.1, DPT and MiDaS v3.1 (Ranftl et al.; Birkl et al., 2023): relative inverse depth, larger is nearer.
import {
  IMAGENET,
  type InputRule,
  input,
  type ModelCard,
  type ModelFile,
  type OutputFormula,
  type OutputRule,
  PLAIN,
  SIGNED,
} from './card.ts'

const source = 'https://github.com/isl-org/MiDaS'
const licence = 'MIT; the weights are released with the code, no licence of their own is stated'

const output: OutputRule = { kind: 'disparity', unit: 'relative', upsample: 'bicubic', alignCorners: false }

const affine = 'Inverse depth up to an unknown scale and shift, at least 0.'

type Norm = Pick<InputRule, 'mean' | 'std'>

const keepAspect = (size: number, resize: InputRule['resize'], norm: Norm) =>
  input(size, size, { resize, interpolation: 'bicubic', multipleOf: 32, ...norm })
const square = (size: number, norm: Norm) =>
  input(size, size, { resize: 'stretch', interpolation: 'bicubic', multipleOf: 32, ...norm })

interface Facts {
  name: string
  rule: InputRule
  notes: string
  /** In millions. */
  parameters: number
  file: string | ModelFile
  family?: string
}

const card = ({ name, rule, notes, parameters, file, family = 'midas' }: Facts): ModelCard => ({
  name,
  family,
  input: rule,
  output,
  parameters,
  files: [typeof file === 'string' ? { name: file } : file],
  licence,
  notes: `${notes} ${affine}`,
  source,
})

const v31 = (backbone: string, title: string, size: number, parameters: number, shape: 'square' | 'minimal') =>
  card({
    name: `midas-v31-${backbone}-${size}`,
    rule: shape === 'square' ? square(size, SIGNED) : keepAspect(size, 'minimal', SIGNED),
    notes: `MiDaS v3.1, ${title}${shape === 'square' ? '; a square input only' : ''}.`,
    parameters,
    file: `dpt_${backbone.replace(/-/g, '_')}_${size}.pt`,
  })

/** The fine-tuned networks: metres are 1 / (scale · x + shift), which the authors' model computes at its own end. */
const tuned = (place: string, title: string, width: number, height: number, scale: number, shift: number) => {
  const one = (formula?: OutputFormula): ModelCard => ({
    name: `dpt-hybrid-${place}${formula ? '-inverse' : ''}`,
    family: 'dpt',
    input: input(width, height, { resize: 'minimal', interpolation: 'bicubic', multipleOf: 32, ...SIGNED }),
    output: { kind: 'depth', unit: 'metre', formula, upsample: 'bicubic', alignCorners: false },
    parameters: 123,
    licence,
    notes:
      `DPT-Hybrid tuned on ${title}. ` +
      (formula
        ? `The graph ends in inverse depth x; metres are 1 / (${scale} x + ${shift}).`
        : `The graph must end in metres, 1 / (${scale} x + ${shift}), as the authors’ code does; one that ends in x ` +
          `takes the card dpt-hybrid-${place}-inverse.`),
    source: 'https://github.com/isl-org/DPT',
  })
  return [one(), one({ scale, shift, reciprocal: true })]
}

export const midas: readonly ModelCard[] = [
  card({
    name: 'midas-v21',
    rule: keepAspect(384, 'upper_bound', IMAGENET),
    notes: 'MiDaS v2.1 (ResNeXt-101), exported from PyTorch.',
    parameters: 105,
    file: 'midas_v21_384.pt',
  }),
  card({
    name: 'midas-v21-small',
    rule: keepAspect(256, 'upper_bound', IMAGENET),
    notes: 'MiDaS v2.1 small (EfficientNet-Lite3), exported from PyTorch.',
    parameters: 21,
    file: 'midas_v21_small_256.pt',
  }),
  card({
    name: 'midas-v21-onnx',
    rule: square(384, PLAIN),
    notes: 'The authors’ ONNX file, which normalises by itself: it takes bytes / 255, squeezed to a square.',
    parameters: 105,
    file: { name: 'model-f6b98070.onnx', sha256Prefix: 'f6b98070' },
  }),
  card({
    name: 'midas-v21-small-onnx',
    rule: square(256, PLAIN),
    notes: 'The authors’ ONNX file, which normalises by itself: it takes bytes / 255, squeezed to a square.',
    parameters: 21,
    file: {
      name: 'model-small.onnx',
      url: 'https://github.com/isl-org/MiDaS/releases/download/v2_1/model-small.onnx',
      bytes: 66764249,
      sha256: '2d8c6cb8f415229daf1eb041024208e2608c9f98e17c81cc7c6ecb449c56fd58',
      notInBrowsers: true,
    },
  }),
  card({
    name: 'dpt-large',
    rule: keepAspect(384, 'minimal', SIGNED),
    notes: 'DPT-Large (ViT-L/16).',
    parameters: 344,
    file: 'dpt_large_384.pt',
    family: 'dpt',
  }),
  card({
    name: 'dpt-hybrid',
    rule: keepAspect(384, 'minimal', SIGNED),
    notes: 'DPT-Hybrid (ResNet-50 and ViT-B/16).',
    parameters: 123,
    file: 'dpt_hybrid_384.pt',
    family: 'dpt',
  }),
  ...tuned('kitti', 'KITTI', 1216, 352, 0.00006016, 0.00579),
  ...tuned('nyu', 'NYU Depth v2', 640, 480, 0.000305, 0.1378),
  v31('beit-large', 'BEiT-L', 512, 345, 'minimal'),
  v31('beit-large', 'BEiT-L', 384, 344, 'minimal'),
  v31('beit-base', 'BEiT-B', 384, 112, 'minimal'),
  v31('swin2-large', 'SwinV2-L', 384, 213, 'square'),
  v31('swin2-base', 'SwinV2-B', 384, 102, 'square'),
  v31('swin2-tiny', 'SwinV2-T', 256, 42, 'square'),
  v31('swin-large', 'Swin-L', 384, 213, 'square'),
  v31('next-vit-large', 'Next-ViT-L', 384, 72, 'minimal'),
  v31('levit', 'LeViT', 224, 51, 'square'),
]
