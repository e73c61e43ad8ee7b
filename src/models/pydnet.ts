// PyDNet (Poggi et al., 2018) and its mobile version (Aleotti et al., 2020): pyramids for CPUs and phones.
import { input, type ModelCard, PLAIN } from './card.ts'

const stretch = (width: number, height: number) =>
  input(width, height, { resize: 'stretch', interpolation: 'bilinear', multipleOf: 64, ...PLAIN })

const output = { kind: 'disparity', unit: 'relative', upsample: 'bilinear', alignCorners: false } as const

export const pydnet: readonly ModelCard[] = [
  {
    name: 'pydnet',
    family: 'pydnet',
    input: stretch(512, 256),
    output: { ...output, range: [0, 0.3] },
    licence: 'MIT',
    notes:
      'Trained with stereo pairs: 0.3 · sigmoid, disparity as a share of the image’s width; channel 0 is the left image’s.',
    source: 'https://github.com/mattpoggi/pydnet',
  },
  {
    name: 'pydnet-mobile',
    family: 'pydnet',
    input: stretch(640, 320),
    output,
    licence: 'Apache-2.0',
    notes: 'Inverse depth up to an unknown scale and shift, larger is nearer.',
    source: 'https://github.com/FilippoAleotti/mobilePydnet',
  },
  {
    name: 'pydnet-kitti',
    family: 'pydnet',
    input: stretch(640, 192),
    output: { ...output, formula: { scale: -1 } },
    files: [
      {
        name: 'pydnet_kitti_640x192.onnx',
        bytes: 7896945,
        sha256: '33cad4e39c5759ac28559783da78d490140f06f2cb9638c1dae182a7808b96be',
      },
    ],
    licence: 'MIT; trained with code and data for non-commercial use',
    notes:
      'Mobile PyDNet trained on KITTI by the Monodepth2 objective. The graph’s output is negative; disparity is its negation.',
    source: 'https://github.com/zshn25/Pydnet-Pytorch',
  },
]
