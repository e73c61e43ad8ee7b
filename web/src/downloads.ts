// The results as files: made on the GPU where that is needed, encoded here, handed to the browser.
import {
  colorize,
  type DepthMap,
  destroyDepth,
  type Engine,
  fovOf,
  type Photo,
  type PointCloud,
  toMetres,
  unproject,
} from 'isobath'
import {
  type DepthImage,
  type Encoding,
  encodeDepthPng,
  encodeGlb,
  encodeNpy,
  encodePly,
  gridMesh,
} from 'isobath/formats'
import type { Spread } from './range.ts'
import { settings } from './settings.ts'

export type Kind = 'color' | 'png16' | 'npy' | 'ply' | 'glb'

/** A picture's result, as the downloads need it. */
export interface Result extends Spread {
  map: DepthMap
}

export interface File {
  name: string
  bytes: BlobPart
  type: string
  /** What is in it, in words. */
  note: string
}

/** Metres fit into millimetres up to 65 m, into 1/256 m up to 255 m, and as disparity always. */
function encodingOf({ unit, extremes }: Result): Encoding {
  if (unit !== 'metre') return 'relative'
  return extremes[1] <= 65.535 ? 'mm' : extremes[1] <= 255.996 ? 'kitti' : 'inverse'
}

const NOTES: Record<Encoding, string> = {
  relative: 'spread from the least value to the greatest; 0 is no value',
  mm: 'in millimetres; 0 is no value',
  kitti: 'in 1/256 m; 0 is no value',
  inverse: 'as 1 / metres, spread from the least to the greatest; 0 is no value',
}

async function encodeImage(photo: Photo, type: 'image/png' | 'image/jpeg'): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, data } = photo
  const canvas = new OffscreenCanvas(width, height)
  const pixels = new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  canvas.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0)
  return new Uint8Array(await (await canvas.convertToBlob({ type, quality: 0.92 })).arrayBuffer())
}

/** Scale and shift that put a relative map's nearest and farthest values at the metres that the settings name. */
export function assumedMetres({ kind, robust: [low, high] }: Spread): { scale: number; shift: number } {
  const [near, far] = [Math.min(settings.near, settings.far), Math.max(settings.near, settings.far)]
  const [atLow, atHigh] = kind === 'disparity' ? [1 / far, 1 / near] : [near, far]
  const scale = (atHigh - atLow) / (high - low || 1)
  return { scale: scale > 0 ? scale : 1, shift: atLow - scale * low }
}

/** Degrees across: what the network or the picture tells of the camera, else what the settings assume. */
export const fovFor = ({ camera, width }: DepthMap): number =>
  camera && camera.source !== 'default' ? fovOf(camera, width) : settings.fov

/**
 * The points of a map, in metres: the network's, or those that the settings assume. `fovDegrees` is the camera's, since
 * a map at another size does not carry it.
 */
export async function pointsOf(
  engine: Engine,
  map: DepthMap,
  photo: Photo,
  spread: Spread,
  fovDegrees: number,
): Promise<PointCloud> {
  const relative = map.unit !== 'metre'
  const far = Math.max(settings.near, settings.far) * 2
  const metric = relative ? await toMetres(engine, map, assumedMetres(spread), { far }) : map
  try {
    return await unproject(engine, metric, photo, { fovDegrees })
  } finally {
    if (relative) destroyDepth(metric)
  }
}

async function meshOf(cloud: PointCloud, photo: Photo): Promise<Uint8Array> {
  const { width, height } = photo
  const z = new Float32Array(width * height).fill(Number.NaN)
  for (let i = 0; i < cloud.count; i++) z[cloud.pixels![i]] = cloud.positions[i * 3 + 2]
  const texture = { bytes: await encodeImage(photo, 'image/jpeg'), type: 'image/jpeg' } as const
  return encodeGlb(cloud, { ...gridMesh(z, width, height), texture })
}

/** Makes a file of a result. */
export async function makeFile(
  kind: Kind,
  stem: string,
  engine: Engine,
  result: Result,
  photo: () => Photo,
  colours: { range: readonly [number, number]; invert: boolean },
): Promise<File> {
  const { map, values } = result
  const { width, height, unit } = map
  const image: DepthImage = { width, height, kind: map.kind, unit, values }
  const assumed = unit === 'metre' ? '' : `, with ${settings.near} to ${settings.far} m assumed`
  if (kind === 'color') {
    const picture = await colorize(engine, map, { colormap: settings.colormap, ...colours })
    const bytes = await encodeImage(picture, 'image/png')
    return { name: `${stem}.depth.png`, bytes, type: 'image/png', note: settings.colormap }
  }
  if (kind === 'png16') {
    const encoding = encodingOf(result)
    const { bytes } = await encodeDepthPng(image, encoding)
    return { name: `${stem}.depth16.png`, bytes: bytes as BlobPart, type: 'image/png', note: NOTES[encoding] }
  }
  if (kind === 'npy') {
    const bytes = encodeNpy({ dtype: 'float32', shape: [height, width], data: values }) as BlobPart
    return { name: `${stem}.depth.npy`, bytes, type: 'application/octet-stream', note: `${height} × ${width} float32` }
  }
  const cloud = await pointsOf(engine, map, photo(), result, fovFor(map))
  if (kind === 'ply') {
    const bytes = encodePly(cloud) as BlobPart
    const note = `${cloud.count.toLocaleString('en')} points in metres${assumed}`
    return { name: `${stem}.ply`, bytes, type: 'application/octet-stream', note }
  }
  const bytes = (await meshOf(cloud, photo())) as BlobPart
  return { name: `${stem}.glb`, bytes, type: 'model/gltf-binary', note: `a mesh in metres${assumed}` }
}
