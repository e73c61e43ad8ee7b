// Networks trained on driving video and stereo pairs. Monodepth2 (Godard et al., 2019) and what keeps its convention,
// Lite-Mono (Zhang et al., 2023) and RT-MonoDepth: a sigmoid s, with disparity 1/100 + (1/0.1 − 1/100) s and depth its
// inverse. Monodepth (Godard et al., 2017): disparity as a share of the picture's width.
import { input, type ModelCard, PILLOW, PLAIN } from './card.ts'

const LEAST = 1 / 100
const SPAN = 1 / 0.1 - LEAST

const pillowLanczos = (width: number, height: number) =>
  input(width, height, { resize: 'stretch', interpolation: 'lanczos', multipleOf: 32, ...PILLOW, ...PLAIN })

interface Facts extends Pick<ModelCard, 'family' | 'licence' | 'source' | 'parameters'> {
  notes: string
  /** Metres of one unit of depth; absent where nobody knows. */
  metres?: number
}

const card = (
  name: string,
  width: number,
  height: number,
  { notes, metres, ...of }: Facts,
  files?: readonly string[],
): ModelCard => ({
  name,
  ...of,
  input: pillowLanczos(width, height),
  output: {
    kind: metres ? 'depth' : 'disparity',
    unit: metres ? 'metre' : 'relative',
    formula: { scale: SPAN, shift: LEAST, ...(metres ? { reciprocal: true, times: metres } : {}) },
    range: metres ? [0.1 * metres, 100 * metres] : [LEAST, LEAST + SPAN],
    upsample: 'bilinear',
    alignCorners: false,
  },
  files: files?.map((file) => ({ name: file })),
  notes,
})

const godard = {
  family: 'monodepth2',
  licence: 'Niantic’s own (no commercial use)',
  source: 'https://github.com/nianticlabs/monodepth2',
  parameters: 14.84,
}
const mono: Facts = {
  ...godard,
  notes:
    'ResNet-18, trained on monocular video: disparity 0.01 + 9.99 s of a sigmoid s, up to an unknown scale. The graph ' +
    'normalises by itself.',
}
const stereo: Facts = {
  ...godard,
  metres: 5.4,
  notes:
    'ResNet-18, trained with stereo pairs of KITTI: metres are 5.4 / (0.01 + 9.99 s) of a sigmoid s (0.54 m between ' +
    'the cameras, 0.1 in training). The graph normalises by itself.',
}
const r50: Facts = { ...mono, parameters: 34.6, notes: mono.notes.replace('18', '50') }

const liteMono = (parameters: number): Facts => ({
  family: 'lite-mono',
  licence: 'MIT; the training code derives from Monodepth2’s (no commercial use)',
  source: 'https://github.com/noahzn/Lite-Mono',
  parameters,
  notes:
    'Trained on monocular video by the objective of Monodepth2, whose convention it keeps. The graph normalises by itself.',
})
const lites = (
  [
    ['lite-mono', 3.1],
    ['lite-mono-tiny', 2.2],
    ['lite-mono-small', 2.5],
    ['lite-mono-8m', 8.7],
  ] as const
).flatMap(([name, parameters]) => [
  card(name, 640, 192, liteMono(parameters)),
  card(`${name}-1024`, 1024, 320, liteMono(parameters)),
])

/** The authors' code stacks the picture and its mirror image; the first of a pair of outputs is taken here. */
const monodepth2017 = (name: string, backbone: string): ModelCard => ({
  name,
  family: 'monodepth',
  input: input(512, 256, { resize: 'stretch', interpolation: 'lanczos', multipleOf: 64, ...PILLOW, ...PLAIN }),
  output: {
    kind: 'disparity',
    unit: 'relative',
    range: [0, 0.3],
    upsample: 'bilinear',
    alignCorners: false,
  },
  licence: 'UCLB’s own (no commercial use)',
  notes:
    `${backbone}, trained with stereo pairs: 0.3 · sigmoid, disparity as a share of the picture’s width; channel 0 is ` +
    'the left picture’s. On KITTI metres are focal length · 0.54 / (disparity · width). For the authors’ way of joining ' +
    'a picture and its mirror image use the option `flip: "ramps"`.',
  source: 'https://github.com/mrharicot/monodepth',
})

export const monodepth: readonly ModelCard[] = [
  card('monodepth2', 640, 192, mono, ['mono_640x192.zip']),
  card('monodepth2-1024', 1024, 320, mono, ['mono_1024x320.zip']),
  card('monodepth2-stereo', 640, 192, stereo, ['stereo_640x192.zip', 'mono+stereo_640x192.zip']),
  card('monodepth2-stereo-1024', 1024, 320, stereo, ['stereo_1024x320.zip', 'mono+stereo_1024x320.zip']),
  card('monodepth2-resnet50', 640, 192, r50),
  ...lites,
  card('rt-monodepth-small', 640, 192, {
    family: 'rt-monodepth',
    licence: 'unclear: Apache-2.0 by its file, no commercial use by its readme',
    source: 'https://github.com/Ecalpal/RT-MonoDepth',
    parameters: 1.24,
    notes: 'Trained as Monodepth2, whose convention it keeps. The graph normalises by itself.',
  }),
  monodepth2017('monodepth', 'VGG'),
  monodepth2017('monodepth-resnet50', 'ResNet-50'),
]
