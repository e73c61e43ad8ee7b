// `isobath points`: a depth file and its photograph as a point cloud or a mesh.
import { join } from 'node:path'
import type { Command } from 'commander'
import { destroyDepth, requireMetres, uploadDepth } from '../../depth/index.ts'
import { openEngine } from '../dawn.ts'
import { readDepthFile } from '../files/depth.ts'
import { readPhoto } from '../files/image.ts'
import { choose, formatTable, plural, print, stemOf } from './common.ts'
import { addPointOptions, type PointFlags, pointOptions } from './depth.ts'
import { addMeaningOptions, addStereoOptions, meaningOptions } from './meaning.ts'
import { makeOutputs, storeOutputs } from './outputs.ts'
import { createProgress } from './progress.ts'
import { addRefineOptions, parseRefine, type RefineFlags, refine } from './refine.ts'

interface PointsOptions extends PointFlags, RefineFlags {
  depthKind?: string
  depthUnit?: string
  depthScale?: string
  stereo?: string
  calib?: string
  output: string
  outputs: string
  json?: boolean
}

async function points(file: string, photoFile: string, options: PointsOptions): Promise<void> {
  const kinds = [
    ...new Set(options.outputs.split(',').map((k) => choose(k.trim(), ['ply', 'glb'] as const, '--outputs'))),
  ]
  const outputs = { kinds, colors: {}, colorType: 'png' as const, clamp: false, ...pointOptions(options) }
  const { depthKind: kind, depthUnit: unit, depthScale: scale, stereo, calib } = options
  const depth = await readDepthFile(file, meaningOptions({ kind, unit, scale, stereo, calib }, 'depth'))
  const refinement = parseRefine(options)
  if (options.known === undefined) requireMetres(depth, 'points', outputs.points.scale)
  const photo = await readPhoto(photoFile)
  const progress = createProgress()
  const engine = await openEngine()
  try {
    progress.say('making points')
    const map = await refine(engine, uploadDepth(engine, depth), photo, photoFile, refinement)
    const made = await makeOutputs(engine, map, photo, outputs)
    destroyDepth(map)
    const stem = join(options.output, stemOf(photoFile))
    const files = await storeOutputs(stem, made, outputs, {})
    progress.end()
    const count = made.cloud!.count
    print(options.json, { depth: file, photo: photoFile, points: count, files }, () => [
      formatTable(
        files.map((f) => [f]),
        '',
      ),
      `${plural(count, 'point')} of ${depth.width} × ${depth.height} pixels`,
    ])
  } finally {
    progress.end()
    engine.destroy()
  }
}

export function addPoints(program: Command): void {
  const command = program
    .command('points')
    .description('make a point cloud or a mesh of a depth file and its photograph')
    .argument('<depth>', 'a depth file: .png, .pfm, .npy, .npz or .exr')
    .argument('<photo>', 'the photograph, of the same size')
    .requiredOption('-o, --output <dir>', 'the folder for the results')
    .option('--outputs <list>', 'ply, glb, or both with a comma', 'ply')
  addPointOptions(command)
  addRefineOptions(command)
  addMeaningOptions(command, 'depth')
  addStereoOptions(command).option('--json', 'print one JSON object').action(points)
}
