import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from '../../src/formats/npy.ts'
import { fromNumbers, numbers } from '../../src/runtime/tensor.ts'
import { scratch } from './files.ts'
import { reluModel, toyModel } from './onnx.ts'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const files = scratch()

function isobath(...args: string[]) {
  const env = { ...process.env, ISOBATH_DEBUG: '', ISOBATH_CACHE: files.at('cache') }
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', env })
  return { status, stdout, stderr: stderr.replace(/^Warning: .*\n/gm, '') }
}

const model = files.put('relu.onnx', reluModel())
const x = files.put('x.npy', encodeNpy(fromNumbers('float32', [2, 4], [-1, 2, -3, 4, 5, -6, 7, -8])))
const out = files.at('out')

describe('bad usage ends with 2', () => {
  it.each([
    ['no command', [], /^Usage: isobath/],
    ['an unknown command', ['bogus'], /^isobath: unknown command 'bogus'/],
    ['an unknown option', ['info', model, '--bogus'], /unknown option '--bogus'/],
    ['no model', ['info'], /missing required argument 'model'/],
    ['no folder for results', ['run', model, '-i', x], /required option '-o, --output <dir>' not specified/],
    [
      'a pair without a name',
      ['run', model, '-o', out, '-i', '=x.npy'],
      /option -i takes NAME=FILE\.npy, not "=x\.npy"/,
    ],
    ['a pair without a file', ['run', model, '-o', out, '-i', 'x='], /option -i takes NAME=FILE\.npy, not "x="/],
    ['a constant without a name', ['run', model, '-o', out, '-c', 'c.npy'], /option -c takes NAME=FILE\.npy/],
    ['a name given twice', ['run', model, '-o', out, '-i', `x=${x}`, '-i', `x=${x}`], /option -i names "x" twice/],
    [
      'an axis that is no number',
      ['info', model, '-d', 'batch=two'],
      /-d takes AXIS=N with a whole number N, not "batch=two"/,
    ],
    [
      'an unknown precision',
      ['run', model, '-i', x, '-o', out, '--precision', 'f64'],
      /--precision takes auto, f32, f16/,
    ],
  ])('%s', (_, args, message) => {
    const r = isobath(...args)
    expect(r.stderr).toMatch(message)
    expect(r).toMatchObject({ status: 2, stdout: '' })
  })
})

describe('bad input ends with 1 and one sentence', () => {
  const cut = files.put('cut.onnx', reluModel().subarray(0, 60))
  const text = files.put('text.onnx', 'this is no model')
  const wrong = files.put('wrong.npy', encodeNpy(fromNumbers('float32', [2, 5], new Array(10).fill(0))))
  const ints = files.put('ints.npy', encodeNpy(fromNumbers('int64', [2, 4], new Array(8).fill(0))))
  const noData = files.put(
    'nodata.onnx',
    toyModel({
      inputs: [{ name: 'x', shape: [2] }],
      outputs: [{ name: 'y', shape: [2] }],
      nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
      weights: [{ name: 'w', shape: [2], external: { location: 'gone.bin', offset: 0, length: 8 } }],
    }),
  )
  const two = files.put('two.npy', encodeNpy(fromNumbers('float32', [2], [1, 2])))

  it.each([
    [
      'a network not fetched',
      ['depth', x, '--model', 'depth-anything-v2-small'],
      /isobath fetch depth-anything-v2-small gets/,
    ],
    [
      'an unknown network to fetch',
      ['fetch', 'none'],
      /there is no card "none"\. Can be fetched: .*depth-anything-v2-small/,
    ],
    ['a network without address', ['fetch', 'dpt-large'], /no ONNX file of dpt-large has an address here/],
    ['a network without float16', ['fetch', 'midas-v21-small-onnx', '--f16'], /in float32 only: leave --f16 away/],
    ['a missing model', ['run', files.at('none.onnx'), '-i', x], /there is no model ".*none\.onnx"/],
    ['a truncated model', ['info', cut], /cut\.onnx" is no ONNX model, or is cut short/],
    ['a file that is no model', ['run', text, '-i', x], /text\.onnx" is no ONNX model/],
    ['missing external data', ['run', noData, '-i', two], /"nodata\.onnx" keeps its weights in "gone\.bin"/],
    ['a missing input file', ['run', model, '-i', files.at('none.npy')], /there is no file ".*none\.npy"/],
    ['an input of no file', ['run', model], /no file is given for these inputs .*\n {2}"x" float32 \[batch, 4\]/],
    ['an unknown input', ['run', model, '-i', `z=${x}`], /the model has no input "z" to be fed; it has:\n {2}"x"/],
    [
      'a wrong shape',
      ['run', model, '-i', wrong],
      /input "x" wants the shape \[batch, 4\], and its file holds \[2, 5\]/,
    ],
    ['a wrong type', ['run', model, '-i', ints], /input "x" wants float32, and its file holds int64/],
    ['an axis that contradicts', ['run', model, '-i', x, '-d', 'batch=3'], /axis batch is 3 by -d, and 2 in the file/],
    ['an unknown axis', ['run', model, '-i', x, '-d', 'width=3'], /there is no axis "width"; the model has "batch"/],
  ])('%s', (_, args, message) => {
    const r = isobath(...args, ...(['run', 'depth'].includes(args[0]) ? ['-o', out] : []))
    expect(r.stderr).toMatch(message)
    expect(r.stderr).toMatch(/^isobath: /m)
    expect(r.stderr).not.toMatch(/\n\s+at /)
    expect(r).toMatchObject({ status: 1, stdout: '' })
    expect(existsSync(out)).toBe(false)
  })
})

describe('isobath run', () => {
  it('writes one file an output, and the axes come from the file', () => {
    const r = isobath('run', model, '-i', x, '-o', files.at('results'))
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    expect(r.stdout).toMatch(/y\.npy {2}float32 {2}\[2, 4\]/)
    expect(r.stdout).toMatch(/peak resident memory: \d/)
    expect(readdirSync(files.at('results'))).toEqual(['y.npy'])
    const y = decodeNpy(readFileSync(files.at('results/y.npy')), 'y')
    expect([y.shape, [...numbers(y)]]).toEqual([
      [2, 4],
      [0, 2, 0, 4, 5, 0, 7, 0],
    ])
  })

  it('prints one JSON object', () => {
    const r = isobath('run', model, '-i', `x=${x}`, '-d', 'batch=2', '-o', files.at('json'), '--json')
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    const result = JSON.parse(r.stdout)
    expect(result.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: [2, 4], file: files.at('json/y.npy') }])
    expect(result.peakResidentBytes).toBeGreaterThan(1e6)
    expect(Object.keys(result.milliseconds)).toEqual(['read', 'load', 'run', 'write'])
  })
})

describe('isobath info', () => {
  it('needs axes for the program, not for the rest', () => {
    const r = isobath('info', model)
    expect(r).toMatchObject({ status: 0, stderr: '' })
    expect(r.stdout).toContain('"x" float32 [batch, 4]')
    expect(r.stdout).toMatch(/no program: input "x" .* axes without a value: batch/)
  })

  it('counts dispatches and memory', () => {
    const r = isobath('info', model, '-d', 'batch=3', '--dispatches', '--json')
    expect(r).toMatchObject({ status: 0, stderr: '' })
    const info = JSON.parse(r.stdout)
    expect(info).toMatchObject({ opset: 17, operators: [{ op: 'Relu', count: 1 }], unsupported: [] })
    expect(info.program).toMatchObject({ dispatchCount: 1, dispatches: [{ op: 'Relu', node: '/Relu_0' }] })
  })

  it('names unsupported operators and their nodes', () => {
    const nodes = [{ op: 'Frobnicate', inputs: ['x'], outputs: ['y'], name: '/odd/one' }]
    const ports = { inputs: [{ name: 'x', shape: [1] }], outputs: [{ name: 'y', shape: [1] }] }
    const r = isobath('info', files.put('odd.onnx', toyModel({ ...ports, nodes })))
    expect(r.status).toBe(0)
    expect(r.stdout).toMatch(/unsupported operators\n {2}Frobnicate: "\/odd\/one"/)
  })
})

describe('isobath profile', () => {
  const written = ['p.json', 't.json', 'r.html'].map((name) => files.at(name))
  const [json, trace, html] = written

  it('prints a table and writes profile, trace and report', () => {
    const args = [
      '-d',
      'batch=2',
      '-i',
      x,
      '--runs',
      '2',
      '--warmup',
      '1',
      '--json',
      json,
      '--trace',
      trace,
      '--html',
      html,
    ]
    const r = isobath('profile', model, ...args)
    expect([r.status, r.status ? r.stderr : '']).toEqual([0, ''])
    expect(r.stdout).toMatch(/^relu\.onnx: 1 kernel, .* 2 runs\nroof: /)
    expect(r.stdout).toMatch(/pointwise +Relu +\/Relu_0\n/)
    expect(r.stdout).toContain(`wrote 3 files: ${[trace, html, json].join(', ')}`)
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      format: 'isobath-profile',
      rows: [{ node: '/Relu_0' }],
    })
    expect(JSON.parse(readFileSync(trace, 'utf8')).traceEvents.length).toBeGreaterThan(8)
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('reads a profile, and compares', () => {
    const r = isobath('profile', json, '--compare', json, '--by', 'layer')
    expect(r).toMatchObject({ status: 0, stderr: '' })
    expect(r.stdout).toMatch(/against .*p\.json:\n *before, µs/)
  })

  it.each([
    ['an unknown grouping', [json, '--by', 'colour'], 2, /--by takes kernel, node, operator, layer, not "colour"/],
    ['no runs', [model, '--runs', '0'], 2, /--runs wants a whole number from 1/],
    ['no folder', [json, '--html', '/nowhere/at/all.html'], 1, /there is no folder/],
    ['what is no profile', [json, '--compare', model], 1, /is no profile/],
    ['an unknown input', [model, '-i', `z=${x}`], 1, /the model has no input "z"/],
  ])('refuses %s', (_, args, status, message) => {
    const r = isobath('profile', ...args)
    expect(r.stderr).toMatch(message)
    expect(r).toMatchObject({ status, stdout: '' })
  })
})

describe('isobath doctor', () => {
  it('tells of the adapter, or what to install', () => {
    const r = isobath('doctor', '--json')
    const report = JSON.parse(r.stdout)
    expect(report.versions.node).toBe(process.versions.node)
    expect(r.status).toBe(report.adapter ? 0 : 1)
    expect(report.advice.length > 0).toBe(!report.adapter)
  })
})
