// Depth discontinuities: as a mask, and cleaned of the pixels that fly between front and back.
import type { Engine, GpuCall } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { dispatch, f32, tiles } from './gpu.ts'
import type { PixelSource } from './preprocess.ts'
import { rangeCalls } from './range.ts'
import type { DepthMap } from './types.ts'
import { type WorkspaceImpl, type WorkspaceOption, within } from './workspace.ts'

export interface EdgeOptions {
  /**
   * How much depth must change to count, as a share: of the depth itself (0.1 by default), for relative disparity of the
   * map's range (0.06 by default).
   */
  threshold?: number
  /** Half the width of the slopes at edges, in pixels; by default that of two pixels of a network of 256 columns or rows. */
  reach?: number
}

export interface CleanOptions extends EdgeOptions {
  /**
   * `remove` leaves no value there: for points and meshes. `snap` gives the value of the side whose colour the pixel has:
   * for pictures and effects.
   */
  mode: 'remove' | 'snap'
}

const NAN = 0x7fc00000
const MODES = { mask: 0, remove: 1, snap: 2 }

/** The dispatches that leave the map without what flies, or a mask, in `y`. Without a photo nothing can be snapped. */
export function edgeCalls(
  work: WorkspaceImpl,
  encoder: GPUCommandEncoder,
  map: DepthMap,
  photo: PixelSource | undefined,
  y: GPUBuffer,
  mode: keyof typeof MODES,
  options: EdgeOptions,
): GpuCall[] {
  const { width, height } = map
  const RELATIVE = map.kind === 'disparity'
  const threshold = options.threshold ?? (RELATIVE ? 0.06 : 0.1)
  const reach = options.reach ?? Math.max(1, Math.round(Math.max(width, height) / 256))
  ensure(threshold > 0 && Number.isFinite(threshold), 'input', `threshold is ${threshold}; it must be positive`)
  ensure(Number.isInteger(reach) && reach > 0, 'input', `reach is ${reach}; it is a whole number of pixels`)
  const { calls, range } = RELATIVE
    ? rangeCalls(work, encoder, map, { percentiles: [2, 98] })
    : { calls: [], range: work.buffer('no range', 8) }
  const p = work.uniform(`edges ${mode}`, [width, height, reach, f32(threshold), photo?.turn ?? 0, NAN])
  const pixels = (photo?.pixels as GPUBuffer) ?? work.buffer('no photo', 16)
  const consts = { MODE: MODES[mode], INVERSE: map.kind === 'disparity', RELATIVE }
  const bind = { p, x: map.buffer, photo: pixels, range, y }
  return [...calls, dispatch('depth/edges', { consts, bind }, tiles(width, height))]
}

/** One byte a pixel: 1 on a depth discontinuity, else 0. */
export async function depthEdges(
  engine: Engine,
  map: DepthMap,
  options: EdgeOptions & WorkspaceOption = {},
): Promise<Uint8Array> {
  return within(engine, options, async (work) => {
    const bytes = map.width * map.height * 4
    const y = work.buffer('edges', bytes)
    const encoder = engine.device.createCommandEncoder({ label: 'edges' })
    await work.encode(encoder, edgeCalls(work, encoder, map, undefined, y, 'mask', options))
    return Uint8Array.from(new Uint32Array(await work.read(encoder, y, bytes)))
  })
}
