// Options that say what a depth file's numbers mean, where it does not say so itself.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { IsobathError } from '../../runtime/error.ts'
import type { DepthMeaning, Stereo } from '../files/depth.ts'
import { choose, UsageError } from './common.ts'
import { parseNumbers } from './network.ts'

/** Values of the options, by their names without what they are about. */
export interface MeaningFlags {
  kind?: string
  unit?: string
  scale?: string
  stereo?: string
  calib?: string
}

/** Scales of well-known data sets: metres of one. */
const SCALES: Record<string, number> = { kitti: 1 / 256, nyu: 1 / 1000, mm: 1 / 1000, tum: 1 / 5000 }

/** The metres of one stored unit, as a number, a fraction or a data set's name. */
export function parseScale(text: string, option: string): number {
  if (Object.hasOwn(SCALES, text)) return SCALES[text]
  const [top, bottom = '1', ...rest] = text.split('/')
  const value = Number(top) / Number(bottom)
  if (rest.length || !(value > 0 && Number.isFinite(value)))
    throw new UsageError(
      `option ${option} takes the metres of one, as 0.001 or 1/256, or ${Object.keys(SCALES).join(', ')}, not "${text}"`,
    )
  return value
}

/** Middlebury's calib.txt: cam0=[f 0 cx; …], doffs in pixels, baseline in millimetres. */
export function parseCalibration(text: string, name: string): Stereo {
  const number = (pattern: RegExp, what: string) => {
    const value = Number(pattern.exec(text)?.[1])
    if (!Number.isFinite(value)) throw new IsobathError('input', `the calibration "${name}" has no ${what}`)
    return value
  }
  return {
    focal: number(/^cam0\s*=\s*\[\s*([\d.eE+-]+)/m, 'cam0'),
    doffs: number(/^doffs\s*=\s*([\d.eE+-]+)/m, 'doffs'),
    baseline: number(/^baseline\s*=\s*([\d.eE+-]+)/m, 'baseline') / 1000,
  }
}

function stereoOf(o: MeaningFlags): Stereo | undefined {
  if (o.stereo !== undefined) {
    const [focal, baseline, doffs = 0] = parseNumbers(
      o.stereo,
      '--stereo',
      'focal length in pixels, baseline in metres and doffs in pixels, as 994.978,0.193001,31.086',
      [2, 3],
    )
    return { focal, baseline, doffs }
  }
  if (o.calib === undefined) return undefined
  try {
    return parseCalibration(readFileSync(o.calib, 'utf8'), o.calib)
  } catch (cause) {
    if (cause instanceof IsobathError) throw cause
    throw new IsobathError('input', `the calibration "${o.calib}" cannot be read`, { cause })
  }
}

/** Adds the options; `of` is whose numbers they are about, such as `gt`. */
export const addMeaningOptions = (command: Command, of: string): Command =>
  command
    .option(`--${of}-scale <metres>`, `metres of one stored unit: a number, 1/256, ${Object.keys(SCALES).join(', ')}`)
    .option(`--${of}-kind <kind>`, 'what the file holds, where it does not say so: depth or disparity')
    .option(`--${of}-unit <unit>`, 'metre or relative')

export const addStereoOptions = (command: Command): Command =>
  command
    .option('--stereo <f,B,doffs>', 'the depth file holds pixels of stereo disparity: depth = f · B / (d + doffs)')
    .option('--calib <file>', 'the same from Middlebury’s calib.txt')

/** What the options say. */
export function meaningOptions(o: MeaningFlags, of: string): DepthMeaning {
  const kind = o.kind === undefined ? undefined : choose(o.kind, ['depth', 'disparity'] as const, `--${of}-kind`)
  const unit = o.unit === undefined ? undefined : choose(o.unit, ['metre', 'relative'] as const, `--${of}-unit`)
  const stereo = stereoOf(o)
  return {
    ...(kind && { kind }),
    ...(unit && { unit }),
    ...(o.scale !== undefined && { scale: parseScale(o.scale, `--${of}-scale`) }),
    ...(stereo && { stereo }),
  }
}
