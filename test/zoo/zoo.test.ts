// The zoo: its networks have the published sizes, compile within the limits of a plain adapter, and run.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildProgram } from '../../src/engine.ts'
import { createEngine } from '../../src/index.ts'
import { readModel } from '../../src/node/model.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import {
  buildModel,
  buildNet,
  countParameters,
  drawInput,
  fullName,
  models,
  parseName,
  writeModel,
  ZooError,
} from '../../tools/zoo/index.mjs'
import { openDevice } from '../harness/gpu.ts'

const table = models.map((m) => [m.name, m] as const)

describe('a network of the zoo', () => {
  it.each(table)('%s has as many trained values as published, or says why not', (_, model) => {
    const { counts, equal } = countParameters(model)
    expect(equal || model.why).toBeTruthy()
    expect(counts.graph).toBeLessThanOrEqual(counts.all)
  })

  it.each(table)('%s compiles within the limits of a plain adapter', (_, model) => {
    const name = fullName(model, model.small)
    const program = buildProgram(buildModel(name))
    expect(program.outputs.map(({ name, shape }) => ({ name, shape }))).toEqual(buildNet(name).outputs)
    for (const { groups } of program.calls)
      for (const n of groups) expect(n).toBeLessThanOrEqual(DEFAULT_CAPS.limits.maxComputeWorkgroupsPerDimension)
  })
})

describe('weights', () => {
  const name = 'fastdepth-pruned@32'

  it('are the same however they are read', () => {
    const file = buildModel(name).external('weights.bin')
    const whole = file.read(0, file.size)
    expect(Buffer.compare(file.read(4000, 8000), whole.slice(4000, 12000))).toBe(0)
    expect(Buffer.compare(buildModel(name).external('weights.bin').read(0, file.size), whole)).toBe(0)
  })

  it('can be written to files that readModel reads', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-zoo-'))
    try {
      const written = readModel(writeModel(buildNet(name), folder, 'net'))
      const drawn = buildModel(name).external('weights.bin')
      const stored = written.external!('net.weights.bin')
      expect(stored.size).toBe(drawn.size)
      expect(Buffer.compare(stored.read(0, stored.size), drawn.read(0, drawn.size))).toBe(0)
      expect(buildProgram(written).calls).toHaveLength(buildProgram(buildModel(name)).calls.length)
    } finally {
      fs.rmSync(folder, { recursive: true })
    }
  })
})

describe('names', () => {
  it('give a network and a size', () => {
    expect(parseName('zoo:monodepth2-r18').size).toEqual([640, 192])
    expect(parseName('monodepth2-r18@320x96').size).toEqual([320, 96])
    expect(fullName(parseName('dav2-small@518').model)).toBe('zoo:dav2-small@518')
  })

  it('that mean nothing are refused', () => {
    expect(() => parseName('nothing')).toThrow(/has no "nothing"; it has dav2-small/)
    expect(() => parseName('dav2-small@big')).toThrow(/"big" is no size/)
    expect(() => buildNet('dav2-small@500')).toThrow(ZooError)
    expect(() => buildNet('swin2-tiny@256x128')).toThrow(/square/)
  })
})

describe('on the GPU', () => {
  const load = async (name: string, check: boolean) => {
    const { device } = await openDevice()
    const engine = await createEngine({ device, precision: 'f32', check })
    const session = await engine.load(buildModel(name))
    const outputs = await session.run(Object.fromEntries(session.inputs.map((i) => [i.name, drawInput(i)])))
    engine.destroy()
    return Object.values(outputs).map((t) => Array.from(t.data as Float32Array))
  }

  it.each(['fastdepth-pruned@32', 'posenet-r18@32'])('each node of %s gives what its CPU twin gives', async (name) => {
    for (const data of await load(name, true)) {
      expect(data.every(Number.isFinite)).toBe(true)
      expect(Math.max(...data)).toBeGreaterThan(Math.min(...data))
    }
  })
})
