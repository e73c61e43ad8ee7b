// FastDepth (Wofk et al., 2019): a MobileNet encoder with a nearest-neighbour decoder, indoor depth in metres.
import { input, type ModelCard, PLAIN } from './card.ts'

const common = {
  parameters: 1.35,
  files: [
    {
      name: 'fastdepth_nyu_224.onnx',
      bytes: 5419076,
      sha256: 'f5e561d7cde1833d55df83eaa036e28b079836ecd5460ff90cf25dcd0c912901',
    },
  ],
  source: 'https://github.com/dwofk/fast-depth',
}

export const fastdepth: readonly ModelCard[] = [
  {
    name: 'fastdepth',
    family: 'fastdepth',
    input: input(224, 224, { resize: 'stretch', interpolation: 'nearest', view: 0.912, ...PLAIN }),
    output: { kind: 'depth', unit: 'metre', upsample: 'bilinear', alignCorners: false },
    licence: 'MIT',
    notes:
      'Trained on NYU Depth v2 (indoor), on pictures resized without any filter. The authors show it the central 91.2 % ' +
      'of a 640 × 480 picture, squeezed to 224 × 224; here it sees the whole photo, so that every pixel gets a depth, ' +
      'and its metres are multiplied by 0.912. They hold for a camera with the field of view of the training set’s ' +
      '(about 60° across).',
    ...common,
  },
  {
    name: 'fastdepth-crop',
    family: 'fastdepth',
    input: input(224, 224, { resize: 'stretch', interpolation: 'nearest', crop: 0.912, ...PLAIN }),
    output: { kind: 'depth', unit: 'metre', upsample: 'bilinear', alignCorners: false },
    licence: 'MIT',
    notes:
      'The authors’ own crop, for comparison with published figures: the central 91.2 % of each side (304 of 333 ' +
      'columns, 228 of 250 rows). The border outside it has no value (NaN).',
    ...common,
  },
]
