// MiDaS v2.1, DPT and MiDaS v3.1 (Ranftl et al.; Birkl et al., 2023): relative inverse depth, larger is nearer.
import { IMAGENET, type InputRule, input, type ModelCard, type OutputRule, PLAIN, SIGNED } from './card.ts'

const source = 'https://github.com/isl-org/MiDaS'
const licence = 'MIT'

const output: OutputRule = { kind: 'disparity', unit: 'relative', upsample: 'bicubic', alignCorners: false }

const affine = 'Inverse depth up to an unknown scale and shift.'

const keepAspect = (size: number, resize: InputRule['resize'], norm: Pick<InputRule, 'mean' | 'std'>) =>
  input(size, size, { resize, interpolation: 'bicubic', multipleOf: 32, ...norm })
const square = (size: number, norm: Pick<InputRule, 'mean' | 'std'>) =>
  input(size, size, { resize: 'stretch', interpolation: 'bicubic', multipleOf: 32, ...norm })

const card = (name: string, rule: InputRule, notes: string, family = 'midas'): ModelCard => ({
  name,
  family,
  input: rule,
  output,
  licence,
  notes: `${notes} ${affine}`,
  source,
})

/** The network ends in 1 / (scale · x + shift), as the authors' fine-tuned models do. */
const tuned = (name: string, width: number, height: number, notes: string): ModelCard => ({
  name,
  family: 'dpt',
  input: input(width, height, { resize: 'minimal', interpolation: 'bicubic', multipleOf: 32, ...SIGNED }),
  output: { kind: 'depth', unit: 'metre', upsample: 'bicubic', alignCorners: false },
  licence,
  notes,
  source: 'https://github.com/isl-org/DPT',
})

export const midas: readonly ModelCard[] = [
  card('midas-v21', keepAspect(384, 'upper_bound', IMAGENET), 'MiDaS v2.1 (ResNeXt-101), exported from PyTorch.'),
  card('midas-v21-small', keepAspect(256, 'upper_bound', IMAGENET), 'MiDaS v2.1 small, exported from PyTorch.'),
  card('midas-v21-onnx', square(384, PLAIN), 'The authors’ model-f6b98070.onnx, which normalises by itself.'),
  card('midas-v21-small-onnx', square(256, PLAIN), 'The authors’ model-small.onnx, which normalises by itself.'),
  card('dpt-large', keepAspect(384, 'minimal', SIGNED), 'DPT-Large (ViT-L/16).', 'dpt'),
  card('dpt-hybrid', keepAspect(384, 'minimal', SIGNED), 'DPT-Hybrid (ResNet-50 and ViT-B/16).', 'dpt'),
  tuned(
    'dpt-hybrid-kitti',
    1216,
    352,
    'DPT-Hybrid tuned on KITTI. The graph must end in metres, 1 / (0.00006016 x + 0.00579), as the authors’ code does.',
  ),
  tuned(
    'dpt-hybrid-nyu',
    640,
    480,
    'DPT-Hybrid tuned on NYU Depth v2. The graph must end in metres, 1 / (0.000305 x + 0.1378), as the authors’ code does.',
  ),
  card('midas-v31-beit-large-512', keepAspect(512, 'minimal', SIGNED), 'MiDaS v3.1, BEiT-L.'),
  card('midas-v31-beit-large-384', keepAspect(384, 'minimal', SIGNED), 'MiDaS v3.1, BEiT-L.'),
  card('midas-v31-beit-base-384', keepAspect(384, 'minimal', SIGNED), 'MiDaS v3.1, BEiT-B.'),
  card('midas-v31-swin2-large-384', square(384, SIGNED), 'MiDaS v3.1, SwinV2-L; a square input only.'),
  card('midas-v31-swin2-base-384', square(384, SIGNED), 'MiDaS v3.1, SwinV2-B; a square input only.'),
  card('midas-v31-swin2-tiny-256', square(256, SIGNED), 'MiDaS v3.1, SwinV2-T; a square input only.'),
  card('midas-v31-swin-large-384', square(384, SIGNED), 'MiDaS v3.1, Swin-L; a square input only.'),
  card('midas-v31-next-vit-large-384', keepAspect(384, 'minimal', SIGNED), 'MiDaS v3.1, Next-ViT-L.'),
  card('midas-v31-levit-224', square(224, SIGNED), 'MiDaS v3.1, LeViT; a square input only.'),
]
