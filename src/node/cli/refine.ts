// What is done to a map before it is written: metres by known points, masks, clean-up at edges, filters.
import { statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import type { Engine } from '../../api.ts'
import {
  alignDepth,
  type DepthMap,
  destroyDepth,
  type KnownPoint,
  type Mask,
  type Photo,
  type RefineOptions,
  refineDepth,
} from '../../depth/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { readPhoto } from '../files/image.ts'
import { readWhole } from '../files/write.ts'
import { choose, UsageError } from './common.ts'

export interface RefineFlags {
  known?: string
  mask?: string
  clean?: string
  filter?: string
}

export const addRefineOptions = (command: Command): Command =>
  command
    .option('--known <file>', 'points of known depth, x y metres in each line: a relative map is aligned to them')
    .option('--mask <path>', 'a mask image, or a folder with NAME.png for each: depth where it is bright')
    .option('--clean <how>', 'what flies between front and back: remove it (for points), or snap it to one of both')
    .option('--filter <name>', 'smooth within the photo’s edges: guided or bilateral')

/** The options checked. */
export interface Refinement extends RefineFlags, Pick<RefineOptions, 'clean' | 'filter'> {
  clean?: 'remove' | 'snap'
  filter?: 'guided' | 'bilateral'
}

export const parseRefine = (o: RefineFlags): Refinement => ({
  known: o.known,
  mask: o.mask,
  ...(o.clean !== undefined && { clean: choose(o.clean, ['remove', 'snap'] as const, '--clean') }),
  ...(o.filter !== undefined && { filter: choose(o.filter, ['guided', 'bilateral'] as const, '--filter') }),
})

/** Reads `x y metres` lines; # begins a comment. */
export function parseKnown(text: string, name: string): KnownPoint[] {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/#.*/, '').trim())
  const points = lines.filter(Boolean).map((line) => {
    const [x, y, metres, ...rest] = line.split(/[\s,]+/).map(Number)
    if (rest.length || ![x, y, metres].every(Number.isFinite))
      throw new UsageError(`"${name}" has x, y and metres in each line, not "${line}"`)
    return { x, y, metres }
  })
  if (!points.length) throw new IsobathError('input', `"${name}" holds no point`)
  return points
}

async function readMask(path: string, photo: string): Promise<Mask> {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  const { width, height, data } = await readPhoto(
    folder ? join(path, basename(photo).replace(/\.[^.]+$/, '.png')) : path,
  )
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => data[i * 4]) }
}

/** The map as the options want it; the one given is freed where another takes its place. */
export async function refine(
  engine: Engine,
  map: DepthMap,
  photo: Photo,
  path: string,
  { known, mask, clean, filter }: Refinement,
): Promise<DepthMap> {
  let current = map
  const replace = (next: DepthMap) => {
    destroyDepth(current)
    current = next
  }
  try {
    if (known !== undefined && map.unit === 'relative') {
      const points = parseKnown(new TextDecoder().decode(await readWhole(known)), known)
      replace((await alignDepth(engine, current, points)).map)
    }
    if (mask === undefined && !clean && !filter) return current
    const options = { clean, filter, ...(mask !== undefined && { mask: await readMask(mask, path) }) }
    replace(await refineDepth(engine, current, photo, options))
    return current
  } catch (error) {
    destroyDepth(current)
    throw error
  }
}
