// Compute pipelines, compiled in parallel and cached by their final source.
import { fetched, IsobathError } from '../error.ts'
import { type BindingInfo, type Composed, compose, type Holes, type ShaderLibrary, shaderError } from './shader.ts'

export interface Kernel {
  pipeline: GPUComputePipeline
  layout: GPUBindGroupLayout
  bindings: BindingInfo[]
  /** The WGSL as composed. */
  code: string
  /** From asking for the pipeline to having it; pipelines compile side by side. */
  milliseconds: number
}

const STORAGE_TEXTURE = /texture_storage_(\w+?)<(\w+),\s*(\w+)>/

function layoutEntry(b: BindingInfo): GPUBindGroupLayoutEntry {
  const entry = { binding: b.index, visibility: GPUShaderStage.COMPUTE }
  switch (b.kind) {
    case 'read':
      return { ...entry, buffer: { type: 'read-only-storage' } }
    case 'write':
      return { ...entry, buffer: { type: 'storage' } }
    case 'uniform':
      return { ...entry, buffer: { type: 'uniform' } }
    case 'texture':
      return { ...entry, texture: { sampleType: b.type.includes('<f32>') ? 'unfilterable-float' : 'uint' } }
    case 'external-texture':
      return { ...entry, externalTexture: {} }
    case 'storage-texture': {
      const format = STORAGE_TEXTURE.exec(b.type)?.[2] as GPUTextureFormat
      return { ...entry, storageTexture: { access: 'write-only', format } }
    }
  }
}

export class Pipelines {
  private readonly kernels = new Map<string, Promise<Kernel>>()
  private readonly layouts = new Map<string, GPUBindGroupLayout>()

  constructor(
    private readonly device: GPUDevice,
    private readonly library: ShaderLibrary,
    private readonly log?: (code: string, holes: Holes) => void,
  ) {}

  /** The kernel for a shader with its holes filled; the same source gives the same kernel. */
  async get(holes: Holes): Promise<Kernel> {
    const parts = holes.parts && (await fetched(import('./parts.ts')))
    const composed = compose(this.library, holes, parts?.splitBindings)
    let kernel = this.kernels.get(composed.code)
    if (!kernel) {
      this.log?.(composed.code, holes)
      kernel = this.compile(composed, holes.shader)
      this.kernels.set(composed.code, kernel)
    }
    return kernel
  }

  private layout(bindings: BindingInfo[]): GPUBindGroupLayout {
    const entries = bindings.map(layoutEntry)
    const key = JSON.stringify(entries)
    let layout = this.layouts.get(key)
    if (!layout) {
      layout = this.device.createBindGroupLayout({ label: bindings.map((b) => b.name).join(), entries })
      this.layouts.set(key, layout)
    }
    return layout
  }

  private async compile(composed: Composed, label: string): Promise<Kernel> {
    const { device } = this
    const start = performance.now()
    device.pushErrorScope('validation')
    const module = device.createShaderModule({ label, code: composed.code })
    const layout = this.layout(composed.bindings)
    const pending = device.createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
    })
    const scope = device.popErrorScope()
    try {
      const pipeline = await pending
      await scope
      const { code, bindings } = composed
      return { pipeline, layout, bindings, code, milliseconds: performance.now() - start }
    } catch (cause) {
      await scope
      throw (
        (await shaderError(module, composed)) ??
        new IsobathError('device', `shader "${label}" makes no pipeline: ${(cause as Error).message}`, { cause })
      )
    }
  }
}
