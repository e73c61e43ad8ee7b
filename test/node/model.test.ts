import fs, { mkdirSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { describe, expect, it, vi } from 'vitest'
import { createEngine, fromNumbers } from '../../src/index.ts'
import { readModel } from '../../src/node/model.ts'
import { openDevice } from '../harness/gpu.ts'
import { scratch } from './files.ts'
import { toyModel } from './onnx.ts'

const files = scratch()
const open = (location: string) => readModel(files.put('m.onnx', 'model')).external!(location)

describe('readModel', () => {
  it('reads the model and parts of the data beside it', () => {
    files.put(
      'm.data',
      Uint8Array.from({ length: 100 }, (_, i) => i),
    )
    mkdirSync(files.at('sub'), { recursive: true })
    files.put('sub/n.data', 'xyz')
    const model = readModel(files.put('m.onnx', 'model'))
    expect(Buffer.from(model.bytes).toString()).toBe('model')
    expect(model.name).toBe(files.at('m.onnx'))
    const data = model.external!('m.data')
    expect(data.size).toBe(100)
    expect([...data.read(97, 3)]).toEqual([97, 98, 99])
    expect(data.read(100, 0).length).toBe(0)
    expect(model.external!('sub/n.data').size).toBe(3)
    expect(model.external!('./m.data').size).toBe(100)
  })

  it('tells of data that is missing or short', () => {
    files.put('m.data', new Uint8Array(10))
    expect(() => open('gone.data')).toThrow(
      /"m\.onnx" keeps its weights in "gone\.data", and ".*gone\.data" is not there\. Put that file beside the model/,
    )
    expect(() => open('gone.data')).toThrow(expect.objectContaining({ code: 'data' }))
    expect(() => open('m.data').read(8, 4)).toThrow(/cut short: 4 bytes at 8 are wanted and 2 are there/)
    mkdirSync(files.at('folder'), { recursive: true })
    expect(() => open('folder')).toThrow(/cannot be read/)
  })

  it.each(['/etc/passwd', '../m.data', 'a/../../m.data', '..\\m.data', 'C:\\m.data', '\\m.data', ''])(
    'refuses the location %j',
    (location) => {
      expect(() => open(location)).toThrow(/outside its own folder; that is refused/)
    },
  )

  it('tells of a model that is missing', () => {
    expect(() => readModel(files.at('none.onnx'))).toThrow(/there is no model ".*none\.onnx"/)
    expect(() => readModel(files.folder)).toThrow(/cannot be read: it is a folder/)
  })
})

describe('a large model in one file', () => {
  const COUNT = 1 << 20
  const names = ['a', 'b', 'c', 'd']
  /** y = x + a + b + c + d, each of 4 MiB. */
  const bytes = toyModel({
    inputs: [{ name: 'x', shape: [1] }],
    outputs: [{ name: 'd_', shape: [COUNT] }],
    nodes: names.map((name, i) => ({
      op: 'Add',
      inputs: [i ? `${names[i - 1]}_` : 'x', name],
      outputs: [`${name}_`],
    })),
    weights: names.map((name, i) => ({
      name,
      shape: [COUNT],
      values: Array.from({ length: COUNT }, (_, at) => 10 ** i * (at % 10)),
    })),
  })

  it('is read tensor by tensor, never as a whole', async () => {
    const path = files.put('large.onnx', bytes)
    const reads: number[] = []
    const { readSync } = fs
    const spy = vi.spyOn(fs, 'readSync').mockImplementation(((...args: Parameters<typeof readSync>) => {
      const got = readSync(...args)
      reads.push(got)
      return got
    }) as typeof readSync)
    syncBuiltinESMExports()
    try {
      const model = readModel(path)
      expect(reads.reduce((a, b) => a + b)).toBeLessThan(6 * 65536)
      expect(model.bytes.buffer.byteLength).toBeLessThan(1000)
      const { device } = await openDevice()
      const engine = await createEngine({ device, precision: 'f32' })
      const session = await engine.load(model)
      const { d_ } = await session.run({ x: fromNumbers('float32', [1], [0.5]) })
      expect([...d_.data.subarray(COUNT - 7, COUNT - 4)]).toEqual([9999.5, 0.5, 1111.5])
      engine.destroy()
      expect(Math.max(...reads)).toBe(4 * COUNT)
      expect(reads.reduce((a, b) => a + b)).toBeLessThan(1.1 * bytes.length)
    } finally {
      spy.mockRestore()
      syncBuiltinESMExports()
    }
  })

  it('tells where it is cut short, and of a foreign file', () => {
    const cut = files.put('cut.onnx', bytes.subarray(0, bytes.length - 5 * COUNT))
    expect(() => readModel(cut)).toThrow(/cut\.onnx" is no ONNX model, or is cut short: .*within a value/)
    expect(() => readModel(cut)).toThrow(expect.objectContaining({ code: 'model' }))
    const foreign = files.put('foreign.onnx', Buffer.alloc(9 << 20, '<!doctype html>'))
    expect(() => readModel(foreign)).toThrow(/foreign\.onnx" is no ONNX model.* wire type/)
    const path = files.put('large.onnx', bytes)
    const model = readModel(path)
    files.put('large.onnx', bytes.subarray(0, 6 * COUNT))
    expect(() => model.external!('large.onnx').read(5 * COUNT, 4 * COUNT)).toThrow(
      expect.objectContaining({ code: 'data' }),
    )
  })
})
