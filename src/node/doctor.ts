// What WebGPU finds on this machine, and what is missing.
import { IsobathError } from '../runtime/error.ts'
import { openAdapter } from './dawn.ts'
import { ownVersion, packageVersion } from './packages.ts'
import { readSystem } from './system.ts'

/** Limits that decide which models fit and which kernels are used. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const

export interface AdapterReport {
  vendor: string
  architecture: string
  device: string
  /** Names the driver and its version. */
  description: string
  /** A CPU behind the API. */
  software: boolean
  features: string[]
  limits: Record<string, number>
  subgroupSizes?: { min: number; max: number }
}

export interface DoctorReport {
  /** Absent where there is none; `advice` then says what to do. */
  adapter?: AdapterReport
  versions: {
    isobath: string
    node: string
    /** Optional packages; null where one is not installed. */
    webgpu: string | null
    sharp: string | null
    commander: string | null
  }
  system: { name: string; platform: string; arch: string; glibc?: string }
  /** What is missing and how to install it; empty where all is well. */
  advice: string[]
}

function describe(adapter: GPUAdapter): AdapterReport {
  const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize, isFallbackAdapter } =
    adapter.info
  return {
    vendor,
    architecture,
    device,
    description,
    software: isFallbackAdapter || architecture === 'software',
    features: [...adapter.features].sort(),
    limits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
    ...(adapter.features.has('subgroups') && subgroupMinSize && subgroupMaxSize
      ? { subgroupSizes: { min: subgroupMinSize, max: subgroupMaxSize } }
      : {}),
  }
}

/** Looks for an adapter and for the optional packages. Never throws for what is merely missing. */
export async function doctor(): Promise<DoctorReport> {
  const { name, platform, arch, glibc } = readSystem()
  const version = (pack: string) => packageVersion(pack) ?? null
  const report: DoctorReport = {
    versions: {
      isobath: ownVersion(),
      node: process.versions.node,
      webgpu: version('webgpu'),
      sharp: version('sharp'),
      commander: version('commander'),
    },
    system: { name, platform, arch, ...(glibc ? { glibc } : {}) },
    advice: [],
  }
  try {
    report.adapter = describe(await openAdapter())
  } catch (error) {
    if (!(error instanceof IsobathError)) throw error
    report.advice.push(...error.message.split('\n'))
  }
  if (!report.versions.sharp)
    report.advice.push(
      'The package "sharp" is not installed; `isobath depth` reads photographs with it: npm install sharp',
    )
  return report
}
