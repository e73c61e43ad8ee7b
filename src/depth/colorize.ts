// Depth as a colour picture: one reduction and one map, which also resizes where the network's own result is given.
import type { Engine, Fleeting, GpuCall } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { type Colormap, colormapTable } from './colormaps.ts'
import { dispatch, tiles } from './gpu.ts'
import { type RangeOptions, rangeCalls } from './range.ts'
import { type NetworkResult, resultSpec, resultWords } from './result.ts'
import type { DepthMap, Photo } from './types.ts'
import { type Workspace, type WorkspaceImpl, type WorkspaceOption, within } from './workspace.ts'

export interface ColorizeOptions extends RangeOptions {
  /** `inferno` by default; `input` is thrown on a name that is none of {@link colormaps}. */
  colormap?: Colormap | (string & {})
  /** The map's least value takes the last colour. */
  invert?: boolean
  /** Red, green, blue and alpha, 0 to 255, of pixels without a value; transparent black by default. */
  missing?: readonly [number, number, number, number]
}

const packed = ([r, g, b, a]: readonly number[]) => (r | (g << 8) | (b << 16) | (a << 24)) >>> 0

/**
 * The dispatches that leave RGBA8 in `target`, a buffer or a view of an rgba8unorm texture of the photo's size, and the
 * buffer of the range that they use, as `rangeCalls` leaves it.
 */
export function colorCalls(
  work: WorkspaceImpl,
  encoder: GPUCommandEncoder,
  source: DepthMap | NetworkResult,
  target: GPUBuffer | GPUTextureView | Fleeting,
  options: ColorizeOptions,
): { calls: GpuCall[]; range: GPUBuffer } {
  const name = options.colormap ?? 'inferno'
  const table = work.data('colormap', name, () => colormapTable(name))
  const missing = options.missing ?? [0, 0, 0, 0]
  ensure(
    missing.length === 4 && missing.every((v) => Number.isInteger(v) && v >= 0 && v < 256),
    'input',
    `a colour is four whole numbers of 0 to 255, not ${missing.join(', ')}`,
  )
  const { calls, range } = rangeCalls(work, encoder, source, options)
  const { consts, resize, types, bind } = resultSpec(work, source)
  const p = work.uniform('colorize', [...resultWords(source), options.invert ? 1 : 0, packed(missing)])
  const shader = 'mapState' in target ? 'depth/colorize' : 'depth/colorize_texture'
  const spec = { consts: { ...consts, ...resize }, types, bind: { p, ...bind, range, table, y: target as GPUBuffer } }
  return { calls: [...calls, dispatch(shader, spec, tiles(source.width, source.height))], range }
}

/**
 * Records the colouring of a map, or of a network's result as `estimator.encode` leaves it: a range reduction, then one
 * dispatch that resizes, applies the formula, normalises and colours. Returns packed RGBA8 of the photo's size, in a
 * buffer of the workspace; with `target`, a view of an rgba8unorm texture, the picture goes there instead.
 */
export async function encodeColor(
  workspace: Workspace,
  encoder: GPUCommandEncoder,
  source: DepthMap | NetworkResult,
  options: ColorizeOptions & { target?: GPUTextureView } = {},
): Promise<GPUBuffer | undefined> {
  const work = workspace as WorkspaceImpl
  const buffer = options.target ? undefined : work.buffer('colour picture', source.width * source.height * 4)
  const { calls } = colorCalls(work, encoder, source, (options.target ?? buffer)!, options)
  await work.encode(encoder, calls)
  return buffer
}

/**
 * Colours a map: its least value takes the colormap's first colour, its greatest the last one. Disparity's last colour
 * is near, depth's is far: `invert` turns that round. Values that are not finite become transparent black.
 */
export async function colorize(
  engine: Engine,
  map: DepthMap,
  options: ColorizeOptions & WorkspaceOption = {},
): Promise<Photo> {
  const { width, height } = map
  return within(engine, options, async (work) => {
    const encoder = engine.device.createCommandEncoder({ label: 'colorize' })
    const picture = (await encodeColor(work, encoder, map, options))!
    return { width, height, data: new Uint8Array(await work.read(encoder, picture, width * height * 4)) }
  })
}
