// The network that comes with the package, trained by this project on procedural scenes (docs/default-model.md).
import { input, type ModelCard, SIGNED } from './card.ts'

export const isobathTiny: ModelCard = {
  name: 'isobath-tiny',
  family: 'isobath',
  input: input(256, 192, { resize: 'minimal', interpolation: 'bilinear', antialias: true, multipleOf: 32, ...SIGNED }),
  output: { kind: 'disparity', unit: 'relative', upsample: 'bilinear', alignCorners: false },
  parameters: 0.926,
  licence: 'MIT',
  notes:
    'The default: 0.9 million weights, trained from nothing on rendered rooms, streets and fields; no photograph was ' +
    'used. Inverse depth up to an unknown scale and, roughly, no shift. Coarse: see docs/default-model.md.',
  source: 'docs/default-model.md',
}

/**
 * Where the default network's file lies: in the package, beside `dist`. Bundlers copy it and give the copy's address;
 * fetch the bytes there and hand them to `createDepthEstimator` with the card {@link isobathTiny}. In Node
 * `readDefaultModel` of `isobath/node` reads it.
 */
export const defaultModelUrl = (): URL => new URL('../../assets/isobath-tiny.onnx', import.meta.url)
