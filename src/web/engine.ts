// The engine in browsers and their workers, and plain words where there is no WebGPU.
import type { Engine, EngineOptions } from '../api.ts'
import { createEngine } from '../engine.ts'
import { ensure, IsobathError } from '../runtime/error.ts'

const VERSIONS =
  'Chrome and Edge have it from 113 (Chrome on Android from 121), Safari from 26, Firefox from 141 on Windows and 145 on ' +
  'macOS. On Linux it may have to be switched on: chrome://flags/#enable-unsafe-webgpu, or dom.webgpu.enabled in ' +
  "Firefox's about:config"

function whyNone(): string {
  if (globalThis.isSecureContext === false)
    return `browsers offer WebGPU to secure pages only, and ${globalThis.location?.origin ?? 'this one'} is none: serve the page over https, or from localhost`
  return `this browser has no WebGPU, or it is switched off. ${VERSIONS}`
}

const NO_ADAPTER =
  'this browser has WebGPU, but offers no GPU for it. Either hardware acceleration is switched off in its settings, or it ' +
  'trusts no driver of this machine: chrome://gpu, or about:support in Firefox, says why. Update the driver, or switch ' +
  'WebGPU on in chrome://flags/#enable-unsafe-webgpu'

async function requestAdapter(gpu: GPU, options?: GPURequestAdapterOptions): Promise<GPUAdapter> {
  let cause: unknown
  const adapter = await gpu.requestAdapter(options).catch((e) => {
    cause = e
    return null
  })
  if (!adapter) throw new IsobathError('adapter', NO_ADAPTER, { cause })
  return adapter
}

/**
 * Opens the engine in a page or a worker. What was measured on an adapter is kept in IndexedDB. A device of the caller's
 * is used as it is and never destroyed; else one is asked for with every feature and limit that helps.
 *
 * After a loss (`onLost`; the engine's promises then reject with `device`) open the engine anew and make sessions and
 * estimators from the same {@link ModelSource}: it holds nothing of the GPU.
 *
 * Throws `adapter`, with a sentence for the user, where the page is not secure, the browser too old, or WebGPU switched
 * off.
 */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  if (options.device) return createEngine(options)
  const gpu = options.gpu ?? (globalThis.navigator?.gpu as GPU | undefined)
  ensure(gpu, 'adapter', whyNone)
  const checked = {
    wgslLanguageFeatures: gpu.wgslLanguageFeatures,
    getPreferredCanvasFormat: () => gpu.getPreferredCanvasFormat(),
    requestAdapter: (o?: GPURequestAdapterOptions) => requestAdapter(gpu, o),
  }
  return createEngine({ ...options, gpu: checked as GPU })
}
