// The device: asking for one with all that the engine can use, what kernel selection may know of it, and its loss.
import { ensure, IsobathError } from '../error.ts'
import type { Caps, MatrixConfig } from '../op.ts'
import type { EngineOptions } from './api.ts'
import { setWaiting } from './wait.ts'

const MATRICES = 'chromium-experimental-subgroup-matrix'
const FEATURES = ['shader-f16', 'subgroups', 'timestamp-query', MATRICES] as const

/** Limits asked for at the adapter's best: large weights and large tiles need them. */
const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
  'maxTextureDimension2D',
] as const

interface DawnInfo extends GPUAdapterInfo {
  subgroupMatrixConfigs?: Iterable<{
    componentType: string
    resultComponentType: string
    M: number
    N: number
    K: number
  }>
}

/** What the adapter said of a device's subgroup matrices: Dawn leaves them out of a device's own adapterInfo. */
const matricesOf = new WeakMap<GPUDevice, MatrixConfig[]>()

const readMatrices = (info: DawnInfo): MatrixConfig[] =>
  [...(info.subgroupMatrixConfigs ?? [])].map((c) => ({
    component: c.componentType,
    result: c.resultComponentType,
    m: c.M,
    n: c.N,
    k: c.K,
  }))

/** A CPU behind the API: lavapipe, SwiftShader, WARP. */
const isSoftware = (info: GPUAdapterInfo): boolean =>
  info.isFallbackAdapter === true ||
  /llvmpipe|lavapipe|swiftshader|basic render/i.test(`${info.description} ${info.device} ${info.architecture}`)

export function capsOf(device: GPUDevice): Caps {
  const info = device.adapterInfo as DawnInfo
  const subgroups = device.features.has('subgroups')
  const matrices = matricesOf.get(device) ?? readMatrices(info)
  return {
    f16: device.features.has('shader-f16'),
    subgroups: subgroups ? { min: info.subgroupMinSize ?? 4, max: info.subgroupMaxSize ?? 128 } : undefined,
    matrices,
    software: isSoftware(info),
    limits: {
      maxStorageBufferBindingSize: device.limits.maxStorageBufferBindingSize,
      maxBufferSize: device.limits.maxBufferSize,
      maxComputeWorkgroupStorageSize: device.limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: device.limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupsPerDimension: device.limits.maxComputeWorkgroupsPerDimension,
      maxStorageBuffersPerShaderStage: device.limits.maxStorageBuffersPerShaderStage,
    },
  }
}

/** What is assumed where a model is compiled without a device, as `inspect` does: WebGPU's guaranteed limits. */
export const DEFAULT_CAPS: Caps = {
  f16: false,
  matrices: [],
  software: true,
  limits: {
    maxStorageBufferBindingSize: 128 << 20,
    maxBufferSize: 256 << 20,
    maxComputeWorkgroupStorageSize: 16384,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupsPerDimension: 65535,
    maxStorageBuffersPerShaderStage: 8,
  },
}

/** Requests a device with every feature and limit of the adapter that the engine uses. */
export async function requestDevice(options: EngineOptions): Promise<GPUDevice> {
  const gpu = options.gpu ?? (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
  ensure(
    gpu,
    'adapter',
    'there is no WebGPU here. In a browser use one that has it, over https; in Node open the engine with openEngine() of isobath/node',
  )
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  ensure(
    adapter,
    'adapter',
    'WebGPU offers no adapter: no GPU driver that it accepts is installed. `isobath doctor` says what to install',
  )
  const requiredFeatures = FEATURES.filter((f) => adapter.features.has(f)) as GPUFeatureName[]
  const requiredLimits: Record<string, number> = {}
  for (const name of LIMITS) requiredLimits[name] = adapter.limits[name]
  try {
    const device = await adapter.requestDevice({ label: 'isobath', requiredFeatures, requiredLimits })
    if (options.waiting && isSoftware(device.adapterInfo)) setWaiting(device, options.waiting)
    if (device.features.has(MATRICES)) matricesOf.set(device, readMatrices(adapter.info))
    return device
  } catch (cause) {
    throw new IsobathError('adapter', `the adapter gives no device: ${(cause as Error).message}`, { cause })
  }
}
