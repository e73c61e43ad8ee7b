// Networks without a card: what is read from their shapes, what is assumed, and what options change.
import { describe, expect, it } from 'vitest'
import {
  cardOfFile,
  customCard,
  findCard,
  guessCard,
  type ModelInfo,
  resamplers,
  transformersCard,
} from '../../src/index.ts'

type Shape = (number | string)[]
const info = (input: Shape, ...outputs: [string, Shape][]): Pick<ModelInfo, 'inputs' | 'outputs'> => ({
  inputs: [{ name: 'image', dtype: 'float32', shape: input }],
  outputs: outputs.map(([name, shape]) => ({ name, dtype: 'float32' as const, shape })),
})

describe('guessCard', () => {
  it('reads the size and says what it assumes', () => {
    const { card, guesses } = guessCard(info([1, 3, 256, 320], ['out', [1, 1, 256, 320]]))
    expect(card.input).toMatchObject({ width: 320, height: 256, resize: 'stretch', std: [0.229, 0.224, 0.225] })
    expect(card.output).toMatchObject({ kind: 'disparity', unit: 'relative' })
    expect(guesses).toMatchInlineSnapshot(`
      [
        "The file fixes its input to 320 × 256: the photo is stretched to it.",
        "Assumed: bytes / 255, normalised by ImageNet’s mean and std. Say mean and std where that is wrong.",
        "Assumed: interpolation "bicubic", as OpenCV does it.",
        "Assumed: output "out" is disparity (near is large), without a unit. Say kind "depth" where far is large.",
      ]
    `)
  })

  it('is silent about what it was told', () => {
    const options = { mean: 0, std: 1, interpolation: 'area', kind: 'depth', unit: 'metre', resize: 'crop' } as const
    const { card, guesses } = guessCard(info([1, 64, 96, 3], ['out', [1, 64, 96, 1]]), options)
    expect(guesses).toEqual([])
    expect(card.input).toMatchObject({ width: 96, height: 64, resize: 'crop', mean: [0, 0, 0], std: [1, 1, 1] })
    expect(card.output).toMatchObject({ kind: 'depth', unit: 'metre' })
  })

  it('asks for an open size, and keeps the aspect ratio where multiples are given', () => {
    const open = info(['n', 3, 'h', 'w'], ['disp', ['n', 1, 'h', 'w']], ['disp_small', ['n', 1, 10, 20]])
    expect(() => guessCard(open)).toThrow('input "image" [n, 3, h, w] leaves its size open')
    const { card, guesses } = guessCard(open, { size: [640, 480], multipleOf: 32 })
    expect(card.input).toMatchObject({ width: 640, height: 480, resize: 'minimal', multipleOf: 32 })
    expect(guesses.slice(-2)).toEqual([
      'Of 2 outputs "disp" is taken for the depth.',
      'By its name, output "disp" is disparity (near is large), without a unit.',
    ])
    expect(guessCard(open, { size: 384 }).card.input).toMatchObject({ width: 384, height: 384, resize: 'stretch' })
  })

  it('refuses what is no picture, and options that nothing has', () => {
    expect(() => guessCard(info([1, 10], ['y', [1, 10]]))).toThrow('is no picture')
    const fixed = info([1, 3, 8, 8], ['y', [1, 8, 8]])
    expect(() => guessCard(fixed, { mean: [1, 2] })).toThrow('mean takes one number or three, not 1, 2')
    expect(() => guessCard(fixed, { std: 0 })).toThrow('deviations are positive')
    expect(() => guessCard(fixed, { interpolation: 'cubic' })).toThrow('pil-bicubic')
    expect(() => guessCard(fixed, { kind: 'metres' as 'depth' })).toThrow('kind cannot be "metres"')
    expect(() => guessCard(fixed, { kind: 'disparity', unit: 'metre' })).toThrow('disparity has no metres here')
    expect(() => guessCard(fixed, { output: 'z' })).toThrow('"z"')
  })
})

describe('customCard', () => {
  const dpt = findCard('dpt-large')!

  it('changes what is said and nothing else', () => {
    expect(customCard(dpt, {})).toEqual({ ...dpt, output: { ...dpt.output, name: undefined, formula: undefined } })
    const { input } = customCard(dpt, { size: [512, 256], interpolation: 'pil-lanczos', channels: 'bgr', scale: 1 })
    expect(input).toEqual({
      ...dpt.input,
      width: 512,
      height: 256,
      channels: 'bgr',
      scale: 1,
      ...resamplers['pil-lanczos'],
    })
  })

  it('drops a formula that was made for another meaning', () => {
    const stereo = findCard('monodepth2-stereo')!
    expect(customCard(stereo, { kind: 'disparity', unit: 'relative' }).output.formula).toBeUndefined()
    expect(customCard(stereo, { kind: 'depth' }).output.formula).toEqual(stereo.output.formula)
    const formula = { scale: 2 }
    expect(customCard(dpt, { kind: 'depth', unit: 'metre', formula }).output.formula).toBe(formula)
  })

  it('prepares pictures as the transformers library does', () => {
    const { input } = transformersCard(findCard('depth-anything-v2-small')!)
    expect(input).toMatchObject({
      resize: 'minimal',
      interpolation: 'bicubic',
      cubic: -0.5,
      antialias: true,
      bytes: true,
    })
    expect(input.mean).toEqual([0.485, 0.456, 0.406])
  })
})

describe('cardOfFile', () => {
  it('knows published files and names within names', () => {
    const name = (path: string) => cardOfFile(path)?.name
    expect(name('/models/fastdepth_nyu_224.onnx')).toBe('fastdepth')
    expect(name('C:\\models\\depth_anything_v2_vits.onnx')).toBe('depth-anything-v2-small')
    expect(name('depth_anything_v2_metric_hypersim_vitl.onnx')).toBe('depth-anything-v2-metric-indoor-large')
    expect(name('model-f6b98070.onnx')).toBe('midas-v21-onnx')
    expect(name('dpt_swin2_tiny_256.onnx')).toBe('midas-v31-swin2-tiny-256')
    expect(name('my_dpt-hybrid_kitti-v2.onnx')).toBe('dpt-hybrid-kitti')
    expect(name('fastdepth/net.onnx')).toBeUndefined()
  })
})
