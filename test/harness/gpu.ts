// One Dawn instance and one device a test process.
import { create, globals } from 'webgpu'
import { requestDevice } from '../../src/runtime/gpu/device.ts'
import { Pipelines } from '../../src/runtime/gpu/pipelines.ts'
import { libraries, shaders } from '../../src/shaders.gen.ts'

Object.assign(globalThis, globals)

const toggles = [
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
  'disable-dawn-features=timestamp_quantization',
]

export const gpu: GPU = create(toggles)

let opened: Promise<{ device: GPUDevice; pipelines: Pipelines; errors: string[] }> | undefined

/** The shared device; validation errors that no scope caught are collected in `errors`. */
export function openDevice() {
  opened ??= requestDevice({ gpu }).then((device) => {
    const errors: string[] = []
    device.addEventListener('uncapturederror', (e) => errors.push((e as GPUUncapturedErrorEvent).error.message))
    return { device, pipelines: new Pipelines(device, { shaders, libraries }), errors }
  })
  return opened
}
