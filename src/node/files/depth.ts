// Depth files: written in any of the formats, and read back with what their numbers mean, which stands in the file, in
// the JSON file beside it, or in what the caller says.
import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import {
  type DepthImage,
  decodeDepthPng,
  decodeExr,
  decodeNpy,
  decodeNpz,
  decodePfm,
  dequantise,
  type Encoding,
  encodeDepthPng,
  encodeExr,
  encodeNpy,
  encodePfm,
  type FloatImage,
  type Quantisation,
} from '../../formats/index.ts'
import { ensure, IsobathError } from '../../runtime/error.ts'
import { formatShape, numbers, type Tensor } from '../../runtime/tensor.ts'
import { readWhole, writeWhole } from './write.ts'

/** The endings of depth files that can be read. */
export const depthExtensions: readonly string[] = ['.png', '.pfm', '.npy', '.npz', '.exr']

/** Stereo: depth = focal · baseline / (disparity + doffs), in metres; focal and doffs in pixels. */
export interface Stereo {
  focal: number
  baseline: number
  doffs: number
}

/** What the numbers of a depth file mean, where the file does not say it or says it wrongly. */
export interface DepthMeaning {
  kind?: DepthImage['kind']
  unit?: DepthImage['unit']
  /** Value = stored · scale, for files of any kind; for PNGs 0 is no value. */
  scale?: number
  /** The numbers are pixels of disparity of a calibrated stereo pair, and become metres. */
  stereo?: Stereo
}

/** What stands in the JSON file beside depth files. */
export interface Sidecar extends Partial<Pick<DepthImage, 'kind' | 'unit' | 'width' | 'height'>> {
  png16?: Quantisation
}

/** The JSON file beside `photo.depth.npy`, `photo.depth16.png` and so on: `photo.depth.json`. */
export const sidecarOf = (path: string): string => path.replace(/(\.depth(16)?)?\.[^.\\/]+$/, '.depth.json')

async function readSidecar(path: string): Promise<Sidecar> {
  const file = sidecarOf(path)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    return {}
  }
  try {
    return JSON.parse(text) as Sidecar
  } catch (cause) {
    throw new IsobathError('input', `"${file}", which tells what "${path}" holds, is no JSON`, { cause })
  }
}

/** [H, W], and [1, H, W] and the like, as an image. */
function imageOf(t: Tensor, name: string): FloatImage {
  const lead = t.shape.slice(0, -2)
  ensure(
    t.shape.length >= 2 && lead.every((d) => d === 1),
    'input',
    `"${name}" cannot be used: it holds ${formatShape(t.shape)}, and a depth map is [height, width]`,
  )
  const [height, width] = t.shape.slice(-2)
  return { width, height, values: Float32Array.from(numbers(t)) }
}

type Raw = FloatImage & Partial<Pick<DepthImage, 'kind' | 'unit'>> & { integers?: boolean }

const meaning = (text: Record<string, string>): Partial<Pick<DepthImage, 'kind' | 'unit'>> => ({
  ...((text.kind === 'depth' || text.kind === 'disparity') && { kind: text.kind }),
  ...((text.unit === 'metre' || text.unit === 'relative') && { unit: text.unit }),
})

async function readRaw(path: string, given: DepthMeaning, sidecar: Sidecar): Promise<Raw> {
  const bytes = await readWhole(path)
  const end = extname(path).toLowerCase()
  if (end === '.pfm') return decodePfm(bytes, path)
  if (end === '.exr') {
    const { text, ...image } = await decodeExr(bytes, path)
    return { ...image, ...meaning(text) }
  }
  if (end === '.npy') return imageOf(decodeNpy(bytes, path), path)
  if (end === '.npz') {
    const arrays = Object.values(await decodeNpz(bytes, path))
    ensure(arrays.length === 1, 'input', `"${path}" holds ${arrays.length} arrays; a depth file has one`)
    return imageOf(arrays[0], path)
  }
  if (end !== '.png')
    throw new IsobathError('input', `"${path}" is no depth file that can be read: ${depthExtensions.join(', ')} are`)
  const { width, height, stored, quantisation } = await decodeDepthPng(bytes, path)
  const q = quantisation ?? sidecar.png16
  if (given.scale === undefined && !given.stereo && q)
    return { width, height, values: dequantise(stored, q.scale, q.offset), kind: q.kind, unit: q.unit }
  return { width, height, values: dequantise(stored, 1, 0), integers: true }
}

/**
 * Reads a depth file. What its numbers mean is taken from `given`, then from the file, then from the JSON file beside
 * it. Errors: `input` where the file cannot be read, or where nothing tells what it holds.
 */
export async function readDepthFile(path: string, given: DepthMeaning = {}): Promise<DepthImage> {
  const sidecar = await readSidecar(path)
  const raw = await readRaw(path, given, sidecar)
  const { width, height } = raw
  if (given.stereo) {
    const { focal, baseline, doffs } = given.stereo
    const values = raw.values.map((d) => (Number.isFinite(d) ? (focal * baseline) / (d + doffs) : Number.NaN))
    return { width, height, values, kind: 'depth', unit: 'metre' }
  }
  const { scale } = given
  ensure(
    !raw.integers || scale !== undefined,
    'input',
    `"${path}" holds whole numbers, and neither it nor "${sidecarOf(path)}" says what they mean: give the metres of one`,
  )
  const kind = given.kind ?? raw.kind ?? sidecar.kind ?? (scale === undefined ? undefined : 'depth')
  const unit = given.unit ?? raw.unit ?? sidecar.unit ?? (scale === undefined ? undefined : 'metre')
  if (!kind || !unit)
    throw new IsobathError(
      'input',
      `neither "${path}" nor "${sidecarOf(path)}" says whether it holds depth or disparity, in metres or relative: say it`,
    )
  return { width, height, values: scale === undefined ? raw.values : raw.values.map((v) => v * scale), kind, unit }
}

/** Files of numbers that a depth map can be written as. */
export const depthFormats = ['png16', 'pfm', 'npy', 'exr'] as const
export type DepthFormat = (typeof depthFormats)[number]

export const depthEndings: Record<DepthFormat, string> = {
  png16: '.depth16.png',
  pfm: '.depth.pfm',
  npy: '.depth.npy',
  exr: '.depth.exr',
}

/**
 * Writes a depth map, whole or not at all. `encoding` is how a 16-bit PNG holds it: by default millimetres for depth in
 * metres, else relative. Returns that encoding's numbers for the sidecar.
 */
export async function writeDepthFile(
  path: string,
  image: DepthImage,
  format: DepthFormat,
  options: { encoding?: Encoding; clamp?: boolean } = {},
): Promise<Quantisation | undefined> {
  const { kind, unit, width, height, values } = image
  if (format === 'png16') {
    const fallback = kind === 'depth' && unit === 'metre' ? 'mm' : 'relative'
    const { bytes, quantisation } = await encodeDepthPng(image, options.encoding ?? fallback, options.clamp)
    await writeWhole(path, bytes)
    return quantisation
  }
  if (format === 'exr') await writeWhole(path, await encodeExr(image, 'Y', { kind, unit, software: 'Isobath' }))
  if (format === 'pfm') await writeWhole(path, encodePfm(image))
  if (format === 'npy') await writeWhole(path, encodeNpy({ dtype: 'float32', shape: [height, width], data: values }))
}
