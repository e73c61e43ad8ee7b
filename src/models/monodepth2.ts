// Monodepth2 (Godard et al., 2019) and what keeps its convention, Lite-Mono (Zhang et al., 2023): a sigmoid s, with
// disparity 1/100 + (1/0.1 − 1/100) s and depth its inverse.
import { input, type ModelCard, PLAIN } from './card.ts'

const SPAN = 1 / 0.1 - 1 / 100

const card = (
  name: string,
  width: number,
  height: number,
  notes: string,
  of: Pick<ModelCard, 'family' | 'licence' | 'source'>,
  metres?: number,
): ModelCard => ({
  name,
  ...of,
  input: input(width, height, { resize: 'stretch', interpolation: 'lanczos', multipleOf: 32, ...PLAIN }),
  output: {
    kind: metres ? 'depth' : 'disparity',
    unit: metres ? 'metre' : 'relative',
    formula: { scale: SPAN, shift: 1 / 100, ...(metres ? { reciprocal: true, times: metres } : {}) },
    upsample: 'bilinear',
    alignCorners: false,
  },
  notes,
})

const godard = {
  family: 'monodepth2',
  licence: 'Niantic’s own (no commercial use)',
  source: 'https://github.com/nianticlabs/monodepth2',
}
const liteMono = { family: 'lite-mono', licence: 'MIT', source: 'https://github.com/noahzn/Lite-Mono' }

const mono = 'Trained on monocular video: disparity up to an unknown scale. The graph normalises by itself.'
const stereo =
  'Trained with stereo pairs of KITTI: metres are 5.4 / disparity (0.54 m between the cameras, 0.1 in training). The ' +
  'graph normalises by itself.'

export const monodepth2: readonly ModelCard[] = [
  card('monodepth2', 640, 192, mono, godard),
  card('monodepth2-1024', 1024, 320, mono, godard),
  card('monodepth2-stereo', 640, 192, stereo, godard, 5.4),
  card('monodepth2-stereo-1024', 1024, 320, stereo, godard, 5.4),
  card('lite-mono', 640, 192, mono, liteMono),
  card('lite-mono-1024', 1024, 320, mono, liteMono),
]
