import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeNpy } from '../../src/formats/npy.ts'
import { defaultModelUrl, isobathTiny } from '../../src/models/index.ts'
import { findNetwork } from '../../src/node/cli/network.ts'
import { readDepthFile } from '../../src/node/files/depth.ts'
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

function command(args: string[], input?: string | Uint8Array) {
  const env = { ...process.env, ISOBATH_DEBUG: '' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', env, input })
  return { status, stdout, stderr: stderr.replace(/^Warning: .*\n/gm, '') }
}
const isobath = (...args: string[]) => command(['depth', ...args])

beforeAll(async () => {
  await sharp(bytes, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(photo)
})

describe('isobath depth', () => {
  it('writes every kind of output', async () => {
    const kinds = 'color,side,png16,pfm,npy,exr,ply,glb,stats'
    const r = isobath(photo, '--model', model, '-o', out, '--outputs', kinds, '--normals', '--json')
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    const result = JSON.parse(r.stdout)
    expect(result).toMatchObject({ card: 'fastdepth', kind: 'depth', unit: 'metre', width, height })
    expect(Object.keys(result.milliseconds).sort()).toEqual(
      ['decode', 'load', 'network', 'postprocess', 'preprocess', 'read', 'write'].sort(),
    )
    const names = ['depth.exr', 'depth.json', 'depth.npy', 'depth.pfm', 'depth.png', 'depth16.png']
    const files = [...names, 'glb', 'ply', 'side.png', 'stats.json'].map((n) => `room.${n}`)
    expect(readdirSync(out).sort()).toEqual(files.sort())
    expect(result.files.map((f: string) => f.slice(out.length + 1)).sort()).toEqual(files)

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
    for (const [name, times] of [
      ['depth', 1],
      ['side', 2],
    ] as const) {
      const color = await sharp(`${out}/room.${name}.png`).metadata()
      expect([color.width, color.height, color.channels]).toEqual([width * times, height, 3])
    }
    for (const end of ['depth.pfm', 'depth.exr', 'depth.npy', 'depth16.png']) {
      const image = await readDepthFile(`${out}/room.${end}`)
      expect(image).toMatchObject({ width, height, kind: 'depth', unit: 'metre' })
      values.forEach((v, i) => {
        expect(Math.abs((image.values[i] || 0) - v)).toBeLessThanOrEqual(end === 'depth16.png' ? 5.001e-4 : 0)
      })
    }
    expect(JSON.parse(readFileSync(`${out}/room.depth.json`, 'utf8'))).toMatchObject({
      photo,
      card: 'fastdepth',
      kind: 'depth',
      unit: 'metre',
      png16: { encoding: 'mm', scale: 0.001 },
    })
    const stats = JSON.parse(readFileSync(`${out}/room.stats.json`, 'utf8'))
    expect(stats).toMatchObject({ pixels: width * height, valid: width * height, unit: 'metre' })
    expect(stats.max).toBeCloseTo(Math.max(...values), 5)
    expect(readFileSync(`${out}/room.glb`).subarray(0, 4).toString()).toBe('glTF')
  })

  it('prints what it wrote and the time of each stage', () => {
    const r = isobath(photo, '--model', model, '-o', files.at('two'))
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    expect(r.stdout).toMatch(
      /room\.depth\.png .*\n.*room\.depth16\.png .*\n.*room\.depth\.json .*\n8 × 6, metric depth: .* m\nms: decode /,
    )
  })

  const text = files.put('text.jpg', 'this is no image')
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
    ['an unknown card', [photo, '--model', model, '--card', 'x'], /there is no card "x"; known are fastdepth, /, 1],
    [
      'points of a relative map',
      [photo, '--model', model, '--card', 'dpt-large', '--outputs', 'ply'],
      /"dpt-large" is relative, and points need metres/,
      1,
    ],
    [
      'an unknown output',
      [photo, '--model', model, '--outputs', 'color,jpeg'],
      /--outputs takes color, side, png16, .*, not "jpeg"/,
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
    [
      'results that are there',
      [photo, '--model', model, '-o', out],
      /room\.depth\.png" is there already: --overwrite replaces results, --resume keeps them/,
      1,
    ],
    ['no photo', ['--model', model], /name a photo, a folder or a glob, or give --list/, 2],
    ['a bad shard', [photo, '--model', model, '--shard', '2/2'], /--shard takes i\/n with i from 0 to n - 1/, 2],
  ])('refuses %s', (_, args, message, status) => {
    const r = isobath(...args, ...(args.includes('-o') ? [] : ['-o', nowhere]))
    expect(r.stderr).toMatch(message)
    expect(r.stderr).toMatch(/^isobath: /m)
    expect(r).toMatchObject({ status, stdout: '' })
    expect(existsSync(nowhere)).toBe(false)
  })
})

describe('isobath depth on many', () => {
  const folder = files.at('many')
  const result = files.at('results')

  beforeAll(async () => {
    mkdirSync(`${folder}/sub`, { recursive: true })
    for (const name of ['a.png', 'sub/a.png', 'sub/c.png']) writeFileSync(`${folder}/${name}`, readFileSync(photo))
    writeFileSync(`${folder}/b.jpg`, 'this is no image')
    writeFileSync(`${folder}/notes.txt`, 'nothing to see')
  })

  it('keeps sub-folders, and one failure loses no other; then resumes', () => {
    const args = [folder, '--model', model, '-o', result, '--outputs', 'npy', '--json']
    const first = isobath(...args)
    expect(first.status).toBe(1)
    expect(first.stderr).toMatch(/1 of 4 photos failed; --skip-error makes that no error/)
    const lines = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.filter((l) => l.error)).toEqual([
      { photo: `${folder}/b.jpg`, error: expect.stringContaining('b.jpg" cannot be decoded') },
    ])
    expect(lines.at(-1)).toMatchObject({ photos: 4, done: 3, skipped: 0, failed: 1 })
    expect(readdirSync(result).sort()).toEqual(['a.depth.json', 'a.depth.npy', 'sub'])
    expect(readdirSync(`${result}/sub`)).toHaveLength(4)

    writeFileSync(`${folder}/b.jpg`, readFileSync(photo))
    rmSync(`${result}/sub/a.depth.npy`)
    const second = isobath(...args, '--resume')
    expect([second.status, second.status ? second.stderr : '']).toEqual([0, ''])
    const again = second.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(again.slice(0, -1).map((l) => l.photo)).toEqual([`${folder}/b.jpg`, `${folder}/sub/a.png`])
    expect(again.at(-1)).toMatchObject({ photos: 4, done: 2, skipped: 2, failed: 0 })
  })

  it('reads an image from stdin, guesses a network’s rules and says so', () => {
    const other = files.put('other.onnx', readFileSync(model))
    const args = [
      'depth',
      '-',
      '--model',
      other,
      '-o',
      files.at('stdin'),
      '--outputs',
      'npy',
      '--mean',
      '0',
      '--std',
      '1',
    ]
    const r = command(args, readFileSync(photo))
    expect(r.status).toBe(0)
    expect(r.stderr).toMatch(
      /other\.onnx" has no card, and its name tells none:\n {2}The file fixes its input to 8 × 6/,
    )
    expect(r.stdout).toMatch(/stdin\.depth\.npy .*\n.*\n8 × 6, relative disparity/)
  })
})

describe('isobath depth --known', () => {
  it('makes metres of relative disparity', () => {
    const disparity = (i: number) => (bytes[i * 3] + 2 * bytes[i * 3 + 1] + 3 * bytes[i * 3 + 2]) / 255
    const metres = (i: number) => 1 / (0.5 * disparity(i) + 0.1)
    const points = [3, 17, 40].map((i) => `${(i % width) + 0.5} ${Math.floor(i / width) + 0.5} ${metres(i)}`)
    const known = files.put('known.txt', `# x y metres\n${points.join('\n')}\n`)
    const other = files.put('relative.onnx', readFileSync(model))
    const args = ['--model', other, '--mean', '0', '--std', '1', '--known', known, '--outputs', 'npy,png16', '--json']
    const r = isobath(photo, ...args, '-o', files.at('known'))
    expect(r.status).toBe(0)
    expect(JSON.parse(r.stdout)).toMatchObject({ kind: 'depth', unit: 'metre' })
    const values = numbers(decodeNpy(readFileSync(files.at('known/room.depth.npy')), 'depth'))
    for (let i = 0; i < width * height; i++) expect(values[i] / metres(i)).toBeCloseTo(1, 4)
  })
})

describe('isobath points', () => {
  it('makes a cloud and a mesh of a depth file', () => {
    const args = [`${out}/room.depth.npy`, photo, '-o', files.at('points'), '--outputs', 'ply,glb', '--json']
    const r = command(['points', ...args])
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    const { points, files: written } = JSON.parse(r.stdout)
    expect(points).toBe(width * height)
    expect(readFileSync(written[0]).subarray(0, 200).toString('latin1')).toContain(`element vertex ${points}\n`)
    expect(readFileSync(written[1]).toString('latin1')).toContain('"mimeType":"image/jpeg"')
  })
})

describe('isobath models', () => {
  it('lists the cards, and describes one', () => {
    const list = command(['models'])
    expect(list).toMatchObject({ status: 0, stderr: '' })
    expect(list.stdout).toMatch(/^name +input +gives +weights +licence\nfastdepth +224 × 224 +metres /)
    expect(command(['models', 'fastdepth']).stdout).toMatch(/^fastdepth\n.*\n {2}input +224 × 224, stretch/)
    expect(command(['models', 'nothing'])).toMatchObject({ status: 1, stdout: '' })
  })
})

describe('isobath eval', () => {
  const truths = files.at('truths')

  beforeAll(async () => {
    mkdirSync(truths, { recursive: true })
    // Millimetres, a tenth farther than the network says, and one pixel without a value.
    const mm = Uint16Array.from({ length: width * height }, (_, i) => {
      const [r, g, b] = bytes.subarray(i * 3)
      return i === 5 ? 0 : Math.round(((r + 2 * g + 3 * b) / 255) * 1100)
    })
    await sharp(mm, { raw: { width, height, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(`${truths}/room.png`)
  })

  it('measures a network on photographs', () => {
    const args = ['--model', model, '--images', photo, '--gt', `${truths}/room.png`, '--gt-scale', 'nyu', '--json']
    const r = command(['eval', ...args])
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    const { images, overall, protocol } = JSON.parse(r.stdout)
    expect(protocol).toMatchObject({ name: 'plain', crop: 'none' })
    expect(images[0]).toMatchObject({ name: 'room', missing: 0, scale: 1, shift: 0, delta1: 1 })
    expect(images[0].pixels).toBe(width * height - 1)
    expect(overall.absRel).toBeCloseTo(1 - 1 / 1.1, 3)
  })

  it('measures files, as a table', () => {
    const args = ['--pred', out, '--gt', truths, '--gt-scale', 'mm', '--align', 'median']
    const r = command(['eval', ...args])
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    expect(r.stdout).toMatch(/^\| image +\| +AbsRel ↓ \|/)
    expect(r.stdout).toMatch(/\n\| \*\*mean\*\* \| +\*\*0\.00\d\*\*/)
    expect(r.stdout).toContain('no crop, each scaled by the medians, mean over 1 image')
  })
})

describe('findNetwork', () => {
  const options = { precision: 'auto' }

  it('goes by the name given, then by the file', () => {
    expect(findNetwork(model, { ...options, card: 'DPT-Large' }).card.name).toBe('dpt-large')
    expect(findNetwork(model, options).card.name).toBe('fastdepth')
    const crop = files.put('fastdepth-crop.onnx', readFileSync(model))
    expect(findNetwork(crop, options).card.name).toBe('fastdepth-crop')
    expect(findNetwork(fileURLToPath(defaultModelUrl()), options).card).toEqual(isobathTiny)
    expect(isobath('--help').stdout).toMatch(/\(default: the\s+small\s+one\s+that\s+comes/)
    expect(() => findNetwork(model, { ...options, card: 'x' })).toThrow('there is no card "x"; known are fastdepth, ')
  })

  it('changes a card by options', () => {
    const { card } = findNetwork(model, { ...options, mean: '0.5', std: '1,2,3', kind: 'depth', unit: 'metre' })
    expect(card.input).toMatchObject({ mean: [0.5, 0.5, 0.5], std: [1, 2, 3] })
    expect(() => findNetwork(model, { ...options, size: 'big' })).toThrow('option --size takes 518 or 640x192')
    expect(() => findNetwork(model, { ...options, mean: '1,2' })).toThrow('option --mean takes one number, or r,g,b')
  })
})
