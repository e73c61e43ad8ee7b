// A depth map as a colour picture: one reduction and one map.
import type { Engine } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { type Colormap, colormapTable } from './colormaps.ts'
import { dispatch, lines, storage, submitAndRead, uniform } from './gpu.ts'
import type { DepthMap, Photo } from './types.ts'

export interface ColorizeOptions {
  /** `inferno` by default; `input` is thrown on a name that is none of {@link colormaps}. */
  colormap?: Colormap | (string & {})
  /** The map's least value takes the last colour. */
  invert?: boolean
  /** Values of the first and the last colour; by default the least and the greatest finite value. */
  range?: readonly [number, number]
}

const WG = 256
/** Values that one invocation of the reduction reads, about. */
const STRIDE = 16

/** The order-preserving integer of lib/float_key.wgsl. */
function floatKey(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0
}

function keyFloat(key: number): number {
  const bits = key & 0x80000000 ? key & 0x7fffffff : ~key
  return new Float32Array(Uint32Array.of(bits >>> 0).buffer)[0]
}

/** The dispatch that leaves the range of `map` in `range`, a buffer of zeros. */
const rangeCall = (map: DepthMap, params: GPUBuffer, range: GPUBuffer) =>
  dispatch('depth/range', { consts: { WG }, bind: { p: params, x: map.buffer, y: range } }, [
    Math.min(256, Math.ceil((map.width * map.height) / (WG * STRIDE))),
    1,
    1,
  ])

/** The least and the greatest finite value of a map; null where there is none. */
export async function depthRange(engine: Engine, map: DepthMap): Promise<[number, number] | null> {
  const params = uniform(engine, [map.width * map.height])
  const range = storage(engine, 'range', 8)
  try {
    const prepared = await engine.prepare([rangeCall(map, params, range)])
    const encoder = engine.device.createCommandEncoder({ label: 'range' })
    prepared.encode(encoder)
    const [low, high] = new Uint32Array(await submitAndRead(engine, encoder, range, 8))
    return high ? [keyFloat(~low >>> 0), keyFloat(high)] : null
  } finally {
    params.destroy()
    range.destroy()
  }
}

/**
 * Colours a map: its least value takes the colormap's first colour, its greatest the last one. Disparity's last colour
 * is near, depth's is far: `invert` turns that round. Values that are not finite become transparent black.
 */
export async function colorize(engine: Engine, map: DepthMap, options: ColorizeOptions = {}): Promise<Photo> {
  const { device } = engine
  const { width, height } = map
  const table = colormapTable(options.colormap ?? 'inferno')
  if (options.range)
    ensure(options.range.every(Number.isFinite), 'input', `a range cannot be ${options.range.join(' to ')}`)
  const count = width * height
  const params = uniform(engine, [count, options.invert ? 1 : 0])
  const range = storage(engine, 'range', 8)
  const colors = storage(engine, 'colormap', 1024)
  const picture = storage(engine, 'colour picture', count * 4)
  try {
    device.queue.writeBuffer(colors, 0, table as Uint32Array<ArrayBuffer>)
    if (options.range) {
      const [low, high] = options.range
      device.queue.writeBuffer(range, 0, Uint32Array.of(~floatKey(low) >>> 0, floatKey(high)))
    }
    const bind = { p: params, x: map.buffer, range, table: colors, y: picture }
    const prepared = await engine.prepare([
      ...(options.range ? [] : [rangeCall(map, params, range)]),
      dispatch('depth/colorize', { consts: {}, bind }, lines(engine, count)),
    ])
    const encoder = device.createCommandEncoder({ label: 'colorize' })
    prepared.encode(encoder)
    return { width, height, data: new Uint8Array(await submitAndRead(engine, encoder, picture, count * 4)) }
  } finally {
    for (const buffer of [params, range, colors, picture]) buffer.destroy()
  }
}
