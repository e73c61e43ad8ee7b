// What `isobath depth` and `isobath points` write for a photo: made of the map on the GPU first, then encoded and
// written while the GPU goes on.
import { dirname } from 'node:path'
import type { Engine } from '../../api.ts'
import {
  type ColorizeOptions,
  colorize,
  type DepthMap,
  type Photo,
  type PointCloud,
  readDepth,
  type UnprojectOptions,
  unproject,
} from '../../depth/index.ts'
import {
  type Axes,
  type DepthImage,
  depthStats,
  type Encoding,
  encodeGlb,
  encodePly,
  gridMesh,
  type Quantisation,
} from '../../formats/index.ts'
import { type DepthFormat, depthEndings, depthFormats, writeDepthFile } from '../files/depth.ts'
import { encodeImage, type ImageType, sideBySide } from '../files/image.ts'
import { makeFolder, writeWhole } from '../files/write.ts'

export const outputKinds = ['color', 'side', ...depthFormats, 'ply', 'glb', 'stats'] as const
export type OutputKind = (typeof outputKinds)[number]

export const needsPoints = (kinds: readonly OutputKind[]): boolean => kinds.includes('ply') || kinds.includes('glb')
const isNumeric = (kind: OutputKind): kind is DepthFormat => (depthFormats as readonly string[]).includes(kind)

export interface OutputOptions {
  kinds: readonly OutputKind[]
  colors: ColorizeOptions
  colorType: ImageType
  /** How a 16-bit PNG holds the values; by what they are where it is not given. */
  encoding?: Encoding
  clamp: boolean
  points: UnprojectOptions
  axes: Axes
  glb: 'mesh' | 'points'
  /** A triangle is cut where depth jumps by more than this share. */
  edge: number
}

/** The files of a photo's results, in the order of the kinds; `stem` is their folder and name. */
export function filesOf(stem: string, { kinds, colorType }: Pick<OutputOptions, 'kinds' | 'colorType'>): string[] {
  const ends = { color: `.depth.${colorType}`, side: `.side.${colorType}`, ply: '.ply', glb: '.glb' }
  return kinds.map((kind) => stem + { ...ends, ...depthEndings, stats: '.stats.json' }[kind])
}

/** What was read from the GPU for a photo's results. */
export interface Made {
  image?: DepthImage
  color?: Photo
  cloud?: PointCloud
  photo?: Photo
}

/** Reads from the GPU what the outputs are made of. */
export async function makeOutputs(
  engine: Engine,
  map: DepthMap,
  photo: Photo | undefined,
  o: OutputOptions,
): Promise<Made> {
  const { width, height, kind, unit } = map
  const made: Made = { photo }
  if (o.kinds.some((k) => isNumeric(k) || k === 'stats'))
    made.image = { width, height, kind, unit, values: await readDepth(engine, map) }
  if (o.kinds.includes('color') || o.kinds.includes('side')) {
    // Near is bright, whichever way the values run.
    const invert = (kind === 'depth') !== Boolean(o.colors.invert)
    made.color = await colorize(engine, map, { ...o.colors, invert })
  }
  if (needsPoints(o.kinds)) made.cloud = await unproject(engine, map, photo!, o.points)
  return made
}

async function encodeMesh({ cloud, photo }: Made, edge: number): Promise<Uint8Array> {
  const { width, height } = photo!
  const { positions, pixels, count } = cloud!
  const z = new Float32Array(width * height).fill(Number.NaN)
  for (let i = 0; i < count; i++) z[pixels![i]] = positions[i * 3 + 2]
  const texture = { bytes: await encodeImage(photo!, 'jpg'), type: 'image/jpeg' } as const
  return encodeGlb(cloud!, { ...gridMesh(z, width, height, edge), texture })
}

/** Writes a photo's results; `facts` go into the JSON files. Returns the files, the sidecar of numbers last. */
export async function storeOutputs(stem: string, made: Made, o: OutputOptions, facts: object): Promise<string[]> {
  const { image, color, cloud, photo } = made
  makeFolder(dirname(stem))
  const files = filesOf(stem, o)
  let png16: Quantisation | undefined
  const json = (value: object) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
  for (const [k, kind] of o.kinds.entries()) {
    const file = files[k]
    if (isNumeric(kind)) png16 = (await writeDepthFile(file, image!, kind, o)) ?? png16
    else if (kind === 'color') await writeWhole(file, await encodeImage(color!, o.colorType))
    else if (kind === 'side') await writeWhole(file, await encodeImage(sideBySide(photo!, color!), o.colorType))
    else if (kind === 'ply') await writeWhole(file, encodePly(cloud!, o.axes))
    else if (kind === 'glb')
      await writeWhole(file, o.glb === 'mesh' ? await encodeMesh(made, o.edge) : encodeGlb(cloud!))
    else {
      const { kind: meaning, unit, width, height, values } = image!
      await writeWhole(file, json({ ...facts, kind: meaning, unit, width, height, ...depthStats(values) }))
    }
  }
  if (!o.kinds.some(isNumeric)) return files
  const { kind, unit, width, height } = image!
  await writeWhole(`${stem}.depth.json`, json({ ...facts, kind, unit, width, height, ...(png16 && { png16 }) }))
  return [...files, `${stem}.depth.json`]
}
