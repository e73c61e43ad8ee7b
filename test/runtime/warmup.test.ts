// Compiling at load: each kernel once, with and without further devices.
import { expect, it } from 'vitest'
import { requestDevice } from '../../src/runtime/gpu/device.ts'
import { Pipelines } from '../../src/runtime/gpu/pipelines.ts'
import type { Holes } from '../../src/runtime/gpu/shader.ts'
import { warmUp } from '../../src/runtime/gpu/warmup.ts'
import type { KernelCall } from '../../src/runtime/op.ts'
import { gpu, openDevice } from '../harness/gpu.ts'

const library = {
  shaders: {
    sum: `override TERM: u32;
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = x[id.x] + TERM; }
`,
  },
  libraries: {},
}

const call = (term: number) => ({ shader: 'sum', consts: { TERM: term } }) as unknown as KernelCall

async function jobs(terms: number[]) {
  const { device, errors } = await openDevice()
  const pipelines = new Pipelines(device, library)
  const calls = await Promise.all(
    terms.map(async (t) => ({ call: call(t), kernel: await pipelines.get(call(t) as unknown as Holes) })),
  )
  return { device, errors, calls }
}

it('dispatches every kernel without errors', async () => {
  const { device, errors, calls } = await jobs([1, 2, 1, 3])
  await warmUp(device, calls, {})
  expect(errors).toEqual([])
})

it('shares slow work with a helper, each kernel once, and destroys it', async () => {
  const { device, errors, calls } = await jobs([1, 2, 3, 4, 5, 6, 2, 1])
  const taken: unknown[] = []
  const lost: Promise<GPUDeviceLostInfo>[] = []
  const openHelper = async () => {
    const helper = await requestDevice({ gpu })
    lost.push(helper.lost)
    const pipelines = new Pipelines(helper, library)
    const get = pipelines.get.bind(pipelines)
    pipelines.get = (holes) => {
      taken.push(holes.consts?.TERM)
      return get(holes)
    }
    return { device: helper, pipelines }
  }
  await warmUp(device, calls, { openHelper, slow: 0 })
  expect(new Set(taken).size).toBe(taken.length)
  expect(taken.length).toBeLessThan(6)
  expect(await Promise.all(lost)).toMatchObject([{ reason: 'destroyed' }])
  expect(errors).toEqual([])
})

it('asks for no helper where kernels come quickly', async () => {
  const { device, calls } = await jobs([1, 2, 3, 4])
  let asked = 0
  const openHelper = async () => {
    asked++
    throw new Error('none')
  }
  await warmUp(device, calls, { openHelper, slow: Number.POSITIVE_INFINITY })
  expect(asked).toBe(0)
})

it('does without a helper that fails', async () => {
  const { device, calls, errors } = await jobs([1, 2, 3, 4, 5])
  let asked = 0
  const openHelper = async () => {
    asked++
    throw new Error('no device')
  }
  await warmUp(device, calls, { openHelper, slow: 0 })
  expect(asked).toBe(1)
  expect(errors).toEqual([])
})
