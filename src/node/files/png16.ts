// Depth as 16-bit grayscale PNG, with what its numbers mean in text chunks.
import { crc32, deflateSync } from 'node:zlib'
import type { DepthMap } from '../../depth/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { writeWhole } from './write.ts'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

// Big-endian rows, each behind the number of its filter: 1, the difference from the sample at the left.
function filterRows(values: Uint16Array, width: number, height: number): Uint8Array {
  const stride = width * 2 + 1
  const out = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++) {
    out[y * stride] = 1
    let left = 0
    for (let x = 0; x < width; x++) {
      const v = values[y * width + x]
      const at = y * stride + 1 + x * 2
      out[at] = (v >> 8) - (left >> 8)
      out[at + 1] = (v & 255) - (left & 255)
      left = v
    }
  }
  return out
}

/** A grayscale PNG of 16 bits; `values` are row-major. `text` becomes tEXt chunks (Latin-1). */
export function encodePng16(
  values: Uint16Array,
  width: number,
  height: number,
  text: Record<string, string> = {},
): Uint8Array {
  if (values.length !== width * height)
    throw new IsobathError('shape', `${values.length} values do not fill an image of ${width} × ${height}`)
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 16
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk('IHDR', header),
    ...Object.entries(text).map(([key, value]) => chunk('tEXt', Buffer.from(`${key}\0${value}`, 'latin1'))),
    chunk('IDAT', deflateSync(filterRows(values, width, height))),
    chunk('IEND', new Uint8Array(0)),
  ]
  return Buffer.concat(parts)
}

/** Depth as whole numbers: a value of the map is `stored * scale + offset`. */
export interface Quantised {
  values: Uint16Array
  scale: number
  offset: number
}

/**
 * Metres become millimetres (a coarser step where the map goes beyond 65.535 m); relative values are spread from
 * their least to their greatest. What is no finite number becomes 0.
 */
export function quantise(values: Float32Array, unit: DepthMap['unit']): Quantised {
  let low = Infinity
  let high = -Infinity
  for (const v of values)
    if (Number.isFinite(v)) {
      low = Math.min(low, v)
      high = Math.max(high, v)
    }
  const metric = unit === 'metre'
  const offset = metric || low > high ? 0 : low
  const scale = (metric ? Math.max(0.001, high / 65535) : (high - low) / 65535) || 1
  const step = Number.isFinite(scale) ? scale : 1
  const out = new Uint16Array(values.length)
  for (let i = 0; i < out.length; i++) {
    const v = Math.round((values[i] - offset) / step)
    out[i] = Number.isFinite(v) ? Math.min(65535, Math.max(0, v)) : 0
  }
  return { values: out, scale: step, offset }
}

/** Writes a map's values as a 16-bit PNG whose text chunks Kind, Unit, Scale and Offset say how to read them. */
export async function writeDepthPng(
  path: string,
  values: Float32Array,
  map: Pick<DepthMap, 'width' | 'height' | 'kind' | 'unit'>,
): Promise<void> {
  const q = quantise(values, map.unit)
  const text = { Software: 'Isobath', Kind: map.kind, Unit: map.unit, Scale: `${q.scale}`, Offset: `${q.offset}` }
  await writeWhole(path, encodePng16(q.values, map.width, map.height, text))
}
