// The conformance runner, on cases made here: one that passes, one that fails, one that it cannot run.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Writer } from 'protobufjs/minimal.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from '../../tools/conformance/tolerance.mjs'
import { writeOnnx } from '../harness/onnx-writer.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const built = fs.existsSync(path.join(root, 'dist/node/index.js'))

function floats(values: number[]): Uint8Array {
  const w = Writer.create()
  w.uint32(1 << 3).int64(values.length)
  w.uint32(2 << 3).int32(1)
  w.uint32((9 << 3) | 2).bytes(new Uint8Array(Float32Array.from(values).buffer))
  return w.finish()
}

describe.skipIf(!built)('the conformance runner', () => {
  let folder: string
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [path.join(root, 'tools/conformance.mjs'), ...args], { encoding: 'utf8' })

  const makeCase = (name: string, op: string, x: number[], y: number[]) => {
    const set = path.join(folder, 'suite', name, 'test_data_set_0')
    fs.mkdirSync(set, { recursive: true })
    const port = (n: string) => ({ name: n, shape: [x.length] })
    const model = { nodes: [{ op, inputs: ['x'], outputs: ['y'] }], inputs: [port('x')], outputs: [port('y')] }
    fs.writeFileSync(path.join(set, '../model.onnx'), writeOnnx(model))
    fs.writeFileSync(path.join(set, 'input_0.pb'), floats(x))
    fs.writeFileSync(path.join(set, 'output_0.pb'), floats(y))
  }

  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-conformance-'))
    makeCase('test_relu', 'Relu', [-1, 2], [0, 2])
    makeCase('test_wrong', 'Neg', [1, 2], [-1, 2])
    makeCase('test_unknown', 'Nope', [1], [1])
  })
  afterAll(() => fs.rmSync(folder, { recursive: true }))

  it('counts, and names what did not pass', () => {
    const json = path.join(folder, 'results.json')
    const { stdout, status } = run(folder, '--json', json)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.at(-1)).toBe('1 passed, 1 failed, 1 skipped')
    expect(lines).toContain('failed: suite/test_wrong (Neg): output "y": index 1: -2 instead of 2')
    expect(lines).toContain('skipped: operator Nope is not supported: suite/test_unknown')
    expect(status).toBe(1)
    const results = JSON.parse(fs.readFileSync(json, 'utf8')) as { name: string; dispatches: number }[]
    expect(results.map((r) => [r.name, r.dispatches])).toEqual([
      ['suite/test_relu', 1],
      ['suite/test_unknown', 0],
      ['suite/test_wrong', 1],
    ])
  })
  it('ends well where nothing failed', () => {
    const { stdout, status } = run(path.join(folder, 'suite/test_relu'))
    expect([stdout.trimEnd().split('\n').at(-1), status]).toEqual(['1 passed, 0 failed, 0 skipped', 0])
  })
  it('says how it is called', () => {
    const { stderr, status } = run()
    expect([stderr.trim(), status]).toEqual(['usage: npm run conformance -- DIR [DIR …] [--json FILE]', 1])
  })
})

describe('tolerances', () => {
  it('are by element, or by the sum of squares', () => {
    expect(compare([1, 2.0019], [1, 2], 'float32', 'onnx')).toBeNull()
    expect(compare([1, 2.003], [1, 2], 'float32', 'onnx')).toBe('index 1: 2.003 instead of 2')
    expect(compare([Number.NaN], [Number.NaN], 'float32', 'exact')).toBeNull()
    expect(compare([1], [Number.NaN], 'float32', 'reduce')).toBe('index 0: 1 instead of NaN')
    expect(compare([1.0001, 0], [1, 0], 'float32', 'reduce')).toBeNull()
    expect(compare([3], [4], 'int64', 'reduce')).toBe('index 0: 3 instead of 4')
    expect(compare([1], [1, 2], 'float32', 'close')).toBe('1 values instead of 2')
  })
})
