// Depth as whole numbers of 16 bits, as depth PNGs hold it: a value is stored · scale + offset, and 0 is no value.
import { ensure, IsobathError } from '../runtime/error.ts'
import type { DepthImage } from './image.ts'
import { decodeGrayPng, encodePng16 } from './png.ts'

/**
 * - `relative`: the least value is 1 and the greatest 65535
 * - `mm`: millimetres, up to 65.535 m, as NYU Depth v2 and Open3D read them
 * - `kitti`: metres · 256, up to 255.996 m
 * - `inverse`: 1 / depth, spread as `relative` does; disparity as it is
 */
export const encodings = ['relative', 'mm', 'kitti', 'inverse'] as const
export type Encoding = (typeof encodings)[number]

export interface Quantised {
  values: Uint16Array
  scale: number
  offset: number
  /** What stored · scale + offset is; `inverse` turns depth into disparity. */
  kind: DepthImage['kind']
  unit: DepthImage['unit']
}

/** The least and the greatest finite value; null where there is none. */
export function finiteRange(values: Float32Array): [number, number] | null {
  let low = Infinity
  let high = -Infinity
  for (const v of values)
    if (Number.isFinite(v)) {
      if (v < low) low = v
      if (v > high) high = v
    }
  return low <= high ? [low, high] : null
}

function spread(values: Float32Array, kind: DepthImage['kind'], unit: DepthImage['unit']): Quantised {
  const [low, high] = finiteRange(values) ?? [0, 0]
  const scale = (high - low) / 65534 || 1
  const out = new Uint16Array(values.length)
  for (let i = 0; i < out.length; i++)
    if (Number.isFinite(values[i])) out[i] = 1 + Math.min(65534, Math.round((values[i] - low) / scale))
  return { values: out, scale, offset: low - scale, kind, unit }
}

const WAY_OUT = {
  mm: 'Write kitti (1/256 m, up to 255.996 m), inverse, or float files (exr, pfm, npy)',
  kitti: 'Write inverse, or float files (exr, pfm, npy)',
}

function metres(image: DepthImage, encoding: 'mm' | 'kitti', clamp: boolean): Quantised {
  const { values, kind, unit } = image
  ensure(
    unit === 'metre' && kind === 'depth',
    'input',
    `a 16-bit PNG in ${encoding === 'mm' ? 'millimetres' : 'metres · 256'} needs depth in metres, and this is ` +
      `${unit === 'metre' ? '' : 'relative '}${kind}. Write it as relative`,
  )
  const scale = encoding === 'mm' ? 0.001 : 1 / 256
  const most = 65535 * scale
  const out = new Uint16Array(values.length)
  let beyond = 0
  let farthest = 0
  for (let i = 0; i < out.length; i++) {
    const v = values[i]
    if (!Number.isFinite(v)) continue
    const stored = Math.round(v / scale)
    if (stored > 65535) {
      beyond++
      farthest = Math.max(farthest, v)
    }
    out[i] = Math.min(65535, Math.max(0, stored))
  }
  if (beyond && !clamp)
    throw new IsobathError(
      'input',
      `${beyond} pixels lie beyond ${most.toFixed(3)} m, the most that a 16-bit PNG in ` +
        `${encoding === 'mm' ? 'millimetres' : 'metres · 256'} holds; the farthest is ${farthest.toFixed(3)} m. ` +
        `${WAY_OUT[encoding]}, or clamp them`,
    )
  return { values: out, scale, offset: 0, kind, unit }
}

/**
 * Rounds depth to 16 bits. What is no finite number becomes 0, and so do metres that round to 0 or lie behind the
 * camera. Metres beyond what the encoding holds are an `input` error unless `clamp` is set; so is an encoding in metres
 * for relative values.
 */
export function quantise(image: DepthImage, encoding: Encoding, clamp = false): Quantised {
  const { values, kind, unit } = image
  if (encoding === 'mm' || encoding === 'kitti') return metres(image, encoding, clamp)
  if (encoding === 'relative' || kind === 'disparity') return spread(values, kind, unit)
  return spread(
    values.map((v) => (v > 0 ? 1 / v : Number.NaN)),
    'disparity',
    unit,
  )
}

/** Back to floats; NaN where 0 is stored. */
export const dequantise = (values: Uint16Array, scale: number, offset: number): Float32Array =>
  Float32Array.from(values, (v) => (v ? v * scale + offset : Number.NaN))

/** What the text chunks of a depth PNG say. */
export interface Quantisation extends Pick<Quantised, 'scale' | 'offset' | 'kind' | 'unit'> {
  encoding: Encoding
}

/** A 16-bit PNG whose text chunks Kind, Unit, Encoding, Scale and Offset say how to read it. */
export async function encodeDepthPng(
  image: DepthImage,
  encoding: Encoding,
  clamp = false,
): Promise<{ bytes: Uint8Array; quantisation: Quantisation }> {
  const { values, ...rest } = quantise(image, encoding, clamp)
  const text = {
    Software: 'Isobath',
    Kind: rest.kind,
    Unit: rest.unit,
    Encoding: encoding,
    Scale: `${rest.scale}`,
    Offset: `${rest.offset}`,
  }
  return {
    bytes: await encodePng16(values, image.width, image.height, text),
    quantisation: { encoding, ...rest },
  }
}

/** Reads the stored numbers of a depth PNG, and how to read them where its text chunks say that. */
export async function decodeDepthPng(
  bytes: Uint8Array,
  name: string,
): Promise<{ width: number; height: number; stored: Uint16Array; quantisation?: Omit<Quantisation, 'encoding'> }> {
  const { width, height, values: stored, text } = await decodeGrayPng(bytes, name)
  const [scale, offset] = [Number(text.Scale), Number(text.Offset)]
  const { Kind: kind, Unit: unit } = text
  const known = (kind === 'depth' || kind === 'disparity') && (unit === 'metre' || unit === 'relative')
  if (!known || !Number.isFinite(scale) || !Number.isFinite(offset)) return { width, height, stored }
  return { width, height, stored, quantisation: { kind, unit, scale, offset } }
}
