// WebGPU in Node: one Dawn instance a process, and the engine opened on it.
import type { Engine, EngineOptions } from '../api.ts'
import { createEngine } from '../engine.ts'
import { ensure, IsobathError } from '../runtime/error.ts'
import { fileCache } from './cache.ts'
import { importPackage, packageVersion } from './packages.ts'
import { adapterAdvice, readSystem } from './system.ts'
import { pausing } from './wait.ts'

const OPTIONS = [
  'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
  'disable-dawn-features=timestamp_quantization',
]

let instance: Promise<GPU> | undefined

async function start(): Promise<GPU> {
  const { create, globals } = await importPackage<typeof import('webgpu')>('webgpu')
  Object.assign(globalThis, globals)
  return create(OPTIONS)
}

/** Dawn's `GPU`, made at the first call and kept. A `dependency` error tells where the package is missing. */
export function openGpu(): Promise<GPU> {
  instance ??= start()
  return instance
}

/** Dawn's null backend accepts work and executes nothing. */
const isNull = (info: GPUAdapterInfo) => /null.?backend/i.test(`${info.device} ${info.description}`)

async function requestAdapter(gpu: GPU, options?: GPURequestAdapterOptions): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter(options)
  if (adapter && !isNull(adapter.info)) return adapter
  const what = adapter
    ? 'WebGPU offers only Dawn’s null backend, which computes nothing'
    : 'WebGPU finds no GPU adapter here'
  throw new IsobathError('adapter', [`${what}.`, ...adapterAdvice(readSystem())].join('\n'))
}

/** The adapter that {@link openEngine} would take; an `adapter` error says what to install where there is none. */
export const openAdapter = async (): Promise<GPUAdapter> =>
  requestAdapter(await openGpu(), { powerPreference: 'high-performance' })

/**
 * What the environment asks for: ISOBATH_DEBUG, a level of {@link EngineOptions.debug}, and ISOBATH_CHECK=1. Any other
 * value is an `input` error; none, or an empty one, asks for nothing.
 */
export function debugOptions(env: NodeJS.ProcessEnv = process.env): Pick<EngineOptions, 'debug' | 'check'> {
  const { ISOBATH_DEBUG: debug = '', ISOBATH_CHECK: check = '' } = env
  ensure(/^[0-5]?$/.test(debug), 'input', `ISOBATH_DEBUG is a level from 0 to 5, not "${debug}"`)
  ensure(/^[01]?$/.test(check), 'input', `ISOBATH_CHECK is 0 or 1, not "${check}"`)
  return {
    ...(debug && { debug: Number(debug) as EngineOptions['debug'] }),
    ...(check && { check: check === '1' }),
  }
}

/**
 * Opens the engine on Dawn. The constants of WebGPU (`GPUBufferUsage` and the like) become globals. The process ends
 * by itself once the engine is destroyed. `debug` and `check` come from {@link debugOptions} where they are not given.
 * Errors: `dependency` without the package `webgpu`, `adapter` without a usable adapter, `input` where the environment
 * asks for what does not exist.
 */
export async function openEngine(given: Omit<EngineOptions, 'gpu'> = {}): Promise<Engine> {
  const platform = `webgpu ${packageVersion('webgpu')}`
  const options = { cache: fileCache(), platform, waiting: pausing, ...debugOptions(), ...given }
  if (options.device) return createEngine(options)
  const gpu = await openGpu()
  const checked = {
    wgslLanguageFeatures: gpu.wgslLanguageFeatures,
    getPreferredCanvasFormat: () => gpu.getPreferredCanvasFormat(),
    requestAdapter: (o?: GPURequestAdapterOptions) => requestAdapter(gpu, o),
  }
  return createEngine({ ...options, gpu: checked as GPU })
}
