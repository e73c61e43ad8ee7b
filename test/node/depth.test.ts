import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeNpy } from '../../src/formats/npy.ts'
import { chooseCard } from '../../src/node/cli/depth.ts'
import { numbers } from '../../src/runtime/tensor.ts'
import { scratch } from './files.ts'
import { toyModel } from './onnx.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const files = scratch()
const [width, height] = [8, 6]
const bytes = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256)
const photo = files.at('room.png')
const out = files.at('out')

/** Depth in metres = r + 2 g + 3 b. */
const model = files.put(
  'fastdepth_toy.onnx',
  toyModel({
    inputs: [{ name: 'rgb', shape: [1, 3, height, width] }],
    outputs: [{ name: 'depth', shape: [1, 1, height, width] }],
    nodes: [{ op: 'Conv', inputs: ['rgb', 'w'], outputs: ['depth'] }],
    weights: [{ name: 'w', shape: [1, 3, 1, 1], values: [1, 2, 3] }],
  }),
)

function isobath(...args: string[]) {
  const env = { ...process.env, ISOBATH_DEBUG: '' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'depth', ...args], { encoding: 'utf8', env })
  return { status, stdout, stderr: stderr.replace(/^Warning: .*\n/gm, '') }
}

beforeAll(async () => {
  await sharp(bytes, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(photo)
})

describe('isobath depth', () => {
  it('writes every kind of output', async () => {
    const r = isobath(photo, '--model', model, '-o', out, '--outputs', 'color,png16,ply,npy', '--json')
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    const result = JSON.parse(r.stdout)
    expect(result).toMatchObject({ card: 'fastdepth', kind: 'depth', unit: 'metre', width, height })
    expect(Object.keys(result.milliseconds).sort()).toEqual(
      ['decode', 'load', 'network', 'postprocess', 'preprocess', 'write'].sort(),
    )
    expect(readdirSync(out).sort()).toEqual(['room.depth.npy', 'room.depth.png', 'room.depth16.png', 'room.ply'])

    const depth = decodeNpy(readFileSync(`${out}/room.depth.npy`), 'depth')
    expect(depth.shape).toEqual([height, width])
    const values = [...numbers(depth)]
    values.forEach((v, i) => {
      const [red, green, blue] = bytes.subarray(i * 3)
      expect(v).toBeCloseTo((red + 2 * green + 3 * blue) / 255, 4)
    })
    const raw = await sharp(`${out}/room.depth16.png`).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer()
    const stored = new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2)
    values.forEach((v, i) => {
      expect(Math.abs(stored[i] - v * 1000)).toBeLessThan(1)
    })
    const points = readFileSync(`${out}/room.ply`)
    const count = values.filter((v) => v > 0).length
    expect(points.subarray(0, 200).toString('latin1')).toContain(`element vertex ${count}\n`)
    const color = await sharp(`${out}/room.depth.png`).metadata()
    expect([color.width, color.height, color.channels]).toEqual([width, height, 3])
  })

  it('prints what it wrote and the time of each stage', () => {
    const r = isobath(photo, '--model', model, '-o', files.at('two'))
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    expect(r.stdout).toMatch(/room\.depth\.png .*\n.*room\.depth16\.png .*\n8 × 6, metric depth: .* m\nms: decode /)
  })

  const text = files.put('text.jpg', 'this is no image')
  const other = files.put('model.onnx', readFileSync(model))
  const nowhere = files.at('nowhere')

  it.each([
    ['an image that cannot be decoded', [text, '--model', model], /the image ".*text\.jpg" cannot be decoded/, 1],
    ['an image that is not there', [files.at('no.jpg'), '--model', model], /there is no image ".*no\.jpg"/, 1],
    [
      'a model that is not there',
      [photo, '--model', files.at('fastdepth.onnx')],
      /there is no model ".*fastdepth\.onnx"/,
      1,
    ],
    ['a model of no family', [photo, '--model', other], /does not tell its family; say it with --card: fastdepth, /, 1],
    ['an unknown card', [photo, '--model', model, '--card', 'x'], /there is no card "x"; known are fastdepth, /, 1],
    [
      'points of a relative map',
      [photo, '--model', model, '--card', 'dpt-large', '--outputs', 'ply'],
      /points need metres, and "dpt-large" gives relative disparity/,
      1,
    ],
    [
      'an unknown output',
      [photo, '--model', model, '--outputs', 'color,exr'],
      /--outputs takes color, png16, ply, npy, not "exr"/,
      2,
    ],
    [
      'an unknown colormap',
      [photo, '--model', model, '--colormap', 'jet'],
      /--colormap takes inferno, .*, not "jet"/,
      2,
    ],
    [
      'a bad field of view',
      [photo, '--model', model, '--fov', '180'],
      /--fov takes degrees between 0 and 180, not "180"/,
      2,
    ],
    ['no model', [photo], /required option '--model <file>' not specified/, 2],
  ])('refuses %s', (_, args, message, status) => {
    const r = isobath(...args, '-o', nowhere)
    expect(r.stderr).toMatch(message)
    expect(r.stderr).toMatch(/^isobath: /m)
    expect(r).toMatchObject({ status, stdout: '' })
    expect(existsSync(nowhere)).toBe(false)
  })
})

describe('chooseCard', () => {
  it('goes by the name given, then by the file', () => {
    expect(chooseCard('FastDepth', 'x.onnx').name).toBe('fastdepth')
    expect(chooseCard(undefined, 'a/FastDepth_nyu_224.onnx').name).toBe('fastdepth')
    expect(chooseCard(undefined, 'a/fastdepth-crop.onnx').name).toBe('fastdepth-crop')
    expect(() => chooseCard(undefined, 'fastdepth/net.onnx')).toThrow(/does not tell its family/)
  })
})
