// A map made better with what the photo and a segmentation know: masked, cleaned at its edges, smoothed.
import type { Engine } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { pad4 } from '../runtime/layout.ts'
import { type CleanOptions, edgeCalls } from './edges.ts'
import { dispatch, tiles } from './gpu.ts'
import { type FilterOptions, filterCalls } from './guided.ts'
import { checkPhoto, pixelSource } from './photo.ts'
import type { PixelSource } from './preprocess.ts'
import type { DepthMap, Photo } from './types.ts'
import { type Workspace, type WorkspaceImpl, type WorkspaceOption, within } from './workspace.ts'

/** A segmentation: one byte a pixel, row after row, upright; its size may differ from the map's. */
export interface Mask {
  width: number
  height: number
  data: Uint8Array
  /** The bytes whose pixels are kept; 128 to 255 by default. */
  labels?: readonly number[]
  /** The value of the others, in the map's kind and unit; none (NaN) by default. */
  outside?: number
}

export interface RefineOptions {
  mask?: Mask
  /** What flies between front and back: removed, or snapped to one of both. */
  clean?: CleanOptions['mode'] | CleanOptions
  /** Smoothing that keeps to the photo's edges. */
  filter?: FilterOptions['kind'] | FilterOptions
}

function checkMask({ width, height, data, labels }: Mask): void {
  ensure(
    width > 0 && height > 0 && data.length === width * height,
    'input',
    `a mask of ${width} × ${height} pixels has a byte for each; it was given with ${data.length}`,
  )
  const bad = labels?.find((v) => !(Number.isInteger(v) && v >= 0 && v < 256))
  ensure(bad === undefined, 'input', `a mask’s label is 0 to 255, not ${bad}`)
}

/** 256 bits, one a label. */
function labelBits(labels: readonly number[] | undefined): Uint32Array {
  const bits = new Uint32Array(8)
  for (const label of labels ?? Array.from({ length: 128 }, (_, i) => 128 + i)) bits[label >> 5] |= 1 << (label & 31)
  return bits
}

function maskCall(work: WorkspaceImpl, map: DepthMap, mask: Mask, y: GPUBuffer) {
  const bytes = pad4(mask.data.length)
  const data = work.buffer('mask', bytes)
  const padded = mask.data.length === bytes ? mask.data : new Uint8Array(bytes)
  if (padded !== mask.data) padded.set(mask.data)
  work.engine.device.queue.writeBuffer(data, 0, padded as Uint8Array<ArrayBuffer>)
  const key = mask.labels?.join() ?? 'upper half'
  const labels = work.data('labels', key, () => labelBits(mask.labels))
  const outside = new Uint32Array(Float32Array.of(mask.outside ?? Number.NaN).buffer)[0]
  const p = work.uniform('mask', [map.width, map.height, mask.width, mask.height, outside])
  const bind = { p, x: map.buffer, mask: data, labels, y }
  return dispatch('depth/mask', { consts: {}, bind }, tiles(map.width, map.height))
}

async function encode(
  work: WorkspaceImpl,
  encoder: GPUCommandEncoder,
  map: DepthMap,
  photo: PixelSource,
  { mask, clean, filter }: RefineOptions,
): Promise<DepthMap> {
  const cleaning = typeof clean === 'string' ? { mode: clean } : clean
  const filtering = typeof filter === 'string' ? ({ kind: filter } as FilterOptions) : filter
  if (mask) checkMask(mask)
  type Step = (x: DepthMap, y: GPUBuffer) => ReturnType<typeof filterCalls>
  // What is snapped is smoothed with the rest; what is removed must not smear before it goes.
  const edges: Step = (x, y) => edgeCalls(work, encoder, x, photo, y, cleaning!.mode, cleaning!)
  const steps: Step[] = [
    ...(mask ? [((x, y) => [maskCall(work, x, mask, y)]) as Step] : []),
    ...(cleaning ? [edges] : []),
    ...(filtering ? [((x, y) => filterCalls(work, x, photo, y, filtering)) as Step] : []),
  ]
  ensure(steps.length, 'input', 'nothing to refine by: give mask, clean or filter')
  let current = map
  for (const [i, step] of steps.entries()) {
    const bytes = map.width * map.height * 4
    const last = i === steps.length - 1
    let y = last ? work.result('refined map', bytes) : work.buffer(`refined map ${i}`, bytes)
    // A map of this workspace's own may be refined again.
    if (y === current.buffer) y = work.buffer('map refined again', bytes)
    await work.encode(encoder, step(current, y))
    current = { ...map, buffer: y }
  }
  return current
}

function guide(work: WorkspaceImpl, map: DepthMap, photo: Photo): PixelSource {
  checkPhoto(photo)
  const source = pixelSource(work, photo)
  ensure(
    source.width === map.width && source.height === map.height,
    'input',
    `the map has ${map.width} × ${map.height} pixels, the photo ${source.width} × ${source.height}`,
  )
  return source
}

/**
 * Records masking, cleaning and filtering, in this order, each where it is asked for. The map returned belongs to the
 * workspace. Errors: `input` where photo, mask or options do not fit.
 */
export async function encodeRefine(
  workspace: Workspace,
  encoder: GPUCommandEncoder,
  map: DepthMap,
  photo: Photo,
  options: RefineOptions,
): Promise<DepthMap> {
  const work = workspace as WorkspaceImpl
  return encode(work, encoder, map, guide(work, map, photo), options)
}

/** {@link encodeRefine} at once. The new map's buffer is the caller's to free; the old map stays. */
export async function refineDepth(
  engine: Engine,
  map: DepthMap,
  photo: Photo,
  options: RefineOptions & WorkspaceOption,
): Promise<DepthMap> {
  return within(engine, options, async (work) => {
    const encoder = engine.device.createCommandEncoder({ label: 'refine' })
    const refined = await encode(work, encoder, map, guide(work, map, photo), options)
    engine.device.queue.submit([encoder.finish()])
    return refined
  })
}
