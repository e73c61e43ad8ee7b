import { mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/node/model.ts'
import { scratch } from './files.ts'

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
