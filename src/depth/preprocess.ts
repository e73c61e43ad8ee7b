// A photo into a network's input: resize, normalise, pad and reorder. One dispatch, or two where the filter is wide.
import type { Fleeting, GpuCall } from '../api.ts'
import type { InputRule } from '../models/card.ts'
import { ensure } from '../runtime/error.ts'
import { coefficients } from './coefficients.ts'
import { dispatch, f32, tiles, type Word } from './gpu.ts'
import type { Placement, Size } from './size.ts'
import type { WorkspaceImpl } from './workspace.ts'

/** An input as the program wants it. */
export interface InputTarget {
  buffer: GPUBuffer
  dtype: string
  /** NCHW, else NHWC. */
  channelsFirst: boolean
}

/** Where the pixels come from, with the upright size and the turn that makes them upright. */
export interface PixelSource extends Size {
  pixels: GPUBuffer | GPUTextureView | Fleeting
  /** Packed RGBA8, a texture, or a video's frame. */
  stored: 'buffer' | 'texture' | 'external'
  turn: number
}

const FILTERS = { nearest: 0, bilinear: 1, bicubic: 2, area: 3 } as const
const AREA_BILINEAR = 4

/** Kernels by where the pixels are stored. */
const DIRECT = {
  buffer: 'image/preprocess',
  texture: 'image/preprocess_texture',
  external: 'image/preprocess_external',
} as const
const ROWS = { buffer: 'image/rows', texture: 'image/rows_texture', external: 'image/rows_external' } as const

/** The uniform of lib/photo.wgsl. */
function params(
  rule: InputRule,
  source: PixelSource,
  { network, box, part }: Placement,
  channelsFirst: boolean,
): Word[] {
  const gain = rule.std.map((s) => (rule.scale * 255) / s)
  const bias = rule.mean.map((m, i) => -m / rule.std[i])
  const fill = (rule.fill ?? [0, 0, 0]).map((v, i) => (v * rule.scale - rule.mean[i]) / rule.std[i])
  const bgr = rule.channels === 'bgr'
  // The kernels work in the order R, G, B: of BGR the last channel is stored first.
  const rgb = (v: readonly number[]) => [...(bgr ? [...v].reverse() : v), 0].map(f32)
  const plane = channelsFirst ? network.width * network.height : 1
  const strides = channelsFirst ? [1, network.width] : [3, 3 * network.width]
  const margin = [part.left, part.top].map((v) => (rule.reflect ? Math.round(-v) : 0))
  return [
    ...[part.left, part.top, part.width, part.height].map(f32),
    ...rgb(gain),
    ...rgb(bias),
    ...rgb(fill),
    ...[box.left, box.top, box.width, box.height],
    ...[network.width, network.height, source.width, source.height],
    ...strides,
    ...(bgr ? [-plane >>> 0, 2 * plane] : [plane, 0]),
    ...margin,
    source.turn,
    f32(rule.cubic ?? -0.75),
  ]
}

/** The filter for this change of size: a rule may name another one for enlarging. */
function effectiveRule(rule: InputRule, { box, part }: Placement): InputRule {
  const grows = box.width > part.width || box.height > part.height
  return grows && rule.enlarge ? { ...rule, interpolation: rule.enlarge, enlarge: undefined } : rule
}

const isWide = ({ interpolation, antialias }: InputRule): boolean =>
  interpolation === 'lanczos' || (!!antialias && (interpolation === 'bilinear' || interpolation === 'bicubic'))

/** The dispatches that fill `target`. */
export function preprocessCalls(
  work: WorkspaceImpl,
  given: InputRule,
  source: PixelSource,
  place: Placement,
  target: InputTarget,
): GpuCall[] {
  const rule = effectiveRule(given, place)
  const { network, box, part } = place
  const p = work.uniform(`preprocess ${source.turn}`, params(rule, source, place, target.channelsFirst))
  const elem = target.dtype === 'float16' ? 'f16' : 'f32'
  const BYTES = rule.bytes ?? false
  if (!isWide(rule)) {
    const shrinks = part.width >= box.width && part.height >= box.height
    const FILTER =
      rule.interpolation === 'area' && !shrinks ? AREA_BILINEAR : FILTERS[rule.interpolation as keyof typeof FILTERS]
    return [
      dispatch(
        DIRECT[source.stored],
        {
          consts: { FILTER, ALIGN: rule.alignCorners ?? false, BYTES },
          types: { elem },
          bind: { p, x: source.pixels as GPUBuffer, y: target.buffer },
        },
        tiles(network.width, network.height),
      ),
    ]
  }
  ensure(
    !rule.alignCorners && !rule.reflect,
    'unsupported',
    `${rule.interpolation} with antialias has neither alignCorners nor mirrored borders here`,
  )
  const axis = (name: string, count: number, start: number, length: number, size: number) => {
    const key = [rule.interpolation, rule.cubic, rule.antialias, count, start, length, size].join()
    const make = () => coefficients(rule, count, start, length, size)
    return work.data(`coefficients of ${name}`, key, make)
  }
  const across = axis('columns', box.width, part.left, part.width, source.width)
  const down = axis('rows', box.height, part.top, part.height, source.height)
  const cell = BYTES ? 'u32' : 'vec4<f32>'
  const z = work.buffer('resized rows', box.width * source.height * (BYTES ? 4 : 16))
  return [
    dispatch(
      ROWS[source.stored],
      {
        consts: {},
        types: { cell },
        functions: BYTES ? { keep: 'fn keep(v: vec4<f32>) -> cell { return pack4x8unorm(v); }' } : {},
        bind: { p, x: source.pixels as GPUBuffer, table: across, z },
      },
      tiles(box.width, source.height),
    ),
    dispatch(
      'image/columns',
      {
        consts: { BYTES },
        types: { elem, cell },
        functions: BYTES ? { take: 'fn take(v: cell) -> vec4<f32> { return unpack4x8unorm(v); }' } : {},
        bind: { p, z, table: down, y: target.buffer },
      },
      tiles(network.width, network.height),
    ),
  ]
}
