// The range of a map's values: extremes, percentiles or given, smoothed over the frames of a video.
import type { Engine, GpuCall } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { cutCall } from './cuts.ts'
import { dispatch, f32 } from './gpu.ts'
import { isResult, type NetworkResult, resultSpec, resultWords } from './result.ts'
import type { DepthMap } from './types.ts'
import { type WorkspaceImpl, type WorkspaceOption, within } from './workspace.ts'

export interface RangeOptions {
  /** Given values. */
  range?: readonly [number, number]
  /** Order statistics, 0 to 100: `[2, 98]` leaves outliers out. The extremes by default. */
  percentiles?: readonly [number, number]
  /** The share of the range that is kept from the frame before, 0 to 1; it needs a workspace that lives on. */
  smoothing?: number
  /**
   * Begins anew, without the frame before, where the picture changes to another scene; of a network's result only.
   * False by default.
   */
  cuts?: boolean
}

const WG = 256
/** Values that one invocation of a reduction reads, about. */
const STRIDE = 16

/** The order-preserving integer of lib/float_key.wgsl. */
function floatKey(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]
  return (bits & 0x80000000 ? ~bits : bits | 0x80000000) >>> 0
}

/** The range that {@link rangeCalls} left, as numbers; null where there was no value. */
export const keyRange = (low: number, high: number): [number, number] | null =>
  high && low ? [keyFloat(~low >>> 0), keyFloat(high)] : null

function keyFloat(key: number): number {
  const bits = key & 0x80000000 ? key & 0x7fffffff : ~key
  return new Float32Array(Uint32Array.of(bits >>> 0).buffer)[0]
}

function check({ range, percentiles, smoothing = 0 }: RangeOptions): void {
  if (range) ensure(range.every(Number.isFinite), 'input', `a range cannot be ${range.join(' to ')}`)
  if (percentiles) {
    const [low, high] = percentiles
    ensure(
      low >= 0 && low < high && high <= 100,
      'input',
      `percentiles cannot be ${low} and ${high}: two of 0 to 100, the lower one first`,
    )
  }
  ensure(smoothing >= 0 && smoothing < 1, 'input', `smoothing is ${smoothing}; it is 0 to below 1`)
}

/**
 * The dispatches that leave a range in the buffer returned, as (~key(min), key(max)): one for the extremes, six for
 * percentiles, none for a given range. The buffer is cleared in the encoder.
 */
export function rangeCalls(
  work: WorkspaceImpl,
  encoder: GPUCommandEncoder,
  source: DepthMap | NetworkResult,
  options: RangeOptions = {},
): { calls: GpuCall[]; range: GPUBuffer } {
  check(options)
  if (options.range) {
    const [low, high] = options.range
    const make = () => Uint32Array.of(~floatKey(low) >>> 0, floatKey(high), 0, 0)
    return { calls: [], range: work.data('given range', `${low} ${high}`, make) }
  }
  const range = work.buffer('range', 8)
  const { consts, types, bind } = resultSpec(work, source)
  const p = work.uniform('range', resultWords(source))
  const count = isResult(source) ? source.box.width * source.box.height : source.width * source.height
  const groups = [Math.min(256, Math.ceil(count / (WG * STRIDE))), 1, 1] as const
  const calls: GpuCall[] = []
  if (options.percentiles) {
    const counts = work.buffer('histogram', 4096 * 4)
    const state = work.buffer('selection', 16)
    encoder.clearBuffer(counts)
    encoder.clearBuffer(state)
    const shares = work.uniform(
      'percentiles',
      options.percentiles.map((v) => f32(v / 100)),
    )
    for (let ROUND = 0; ROUND < 3; ROUND++) {
      const histogram = { consts: { WG, ROUND, ...consts }, types, bind: { p, ...bind, state, y: counts } }
      calls.push(
        dispatch('depth/histogram', histogram, groups),
        dispatch('depth/select', { consts: { ROUND }, bind: { p: shares, x: counts, state, y: range } }, [1, 1, 1]),
      )
    }
  } else {
    encoder.clearBuffer(range)
    calls.push(dispatch('depth/range', { consts: { WG, ...consts }, types, bind: { p, ...bind, y: range } }, groups))
  }
  if (options.smoothing) {
    const last = work.buffer('last range', 8)
    const keep = work.uniform('smoothing', [f32(options.smoothing)])
    if (options.cuts && isResult(source) && source.input) calls.push(cutCall(work, source.input, last))
    calls.push(dispatch('depth/smooth_range', { consts: {}, bind: { p: keep, range, last } }, [1, 1, 1]))
  }
  return { calls, range }
}

/**
 * The least and the greatest finite value of a map, or of a network’s result at its own size; or two percentiles. Null
 * where there is none.
 */
export async function depthRange(
  engine: Engine,
  map: DepthMap | NetworkResult,
  options: Pick<RangeOptions, 'percentiles'> & WorkspaceOption = {},
): Promise<[number, number] | null> {
  return within(engine, options, async (work) => {
    const encoder = engine.device.createCommandEncoder({ label: 'range' })
    const { calls, range } = rangeCalls(work, encoder, map, { percentiles: options.percentiles })
    await work.encode(encoder, calls)
    const [low, high] = new Uint32Array(await work.read(encoder, range, 8))
    return keyRange(low, high)
  })
}
