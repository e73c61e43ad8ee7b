// Depth in colours on a canvas, straight from the GPU.
import type { Engine } from '../api.ts'
import { type ColorizeOptions, colorCalls } from '../depth/colorize.ts'
import type { NetworkResult } from '../depth/result.ts'
import type { DepthMap } from '../depth/types.ts'
import { type WorkspaceImpl, type WorkspaceOption, within } from '../depth/workspace.ts'
import { ensure } from '../runtime/error.ts'

export type AnyCanvas = HTMLCanvasElement | OffscreenCanvas

const contexts = new WeakMap<AnyCanvas, { context: GPUCanvasContext; device?: GPUDevice }>()

/** The context of a canvas, on this device. Throws `input` where the canvas has one of another kind. */
function contextOf(canvas: AnyCanvas, device: GPUDevice): GPUCanvasContext {
  let held = contexts.get(canvas)
  if (!held) {
    const context = (canvas as OffscreenCanvas).getContext('webgpu')
    ensure(context, 'input', 'the canvas has a context of another kind, such as 2d: give depth a canvas of its own')
    held = { context }
    contexts.set(canvas, held)
  }
  if (held.device !== device) {
    // A compute kernel writes the colours, and storage textures have this format everywhere.
    const usage = GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.RENDER_ATTACHMENT
    held.context.configure({ device, format: 'rgba8unorm', usage, alphaMode: 'premultiplied' })
    held.device = device
  }
  return held.context
}

/**
 * Records the drawing; the encoder must be submitted in the same task in which this resolves. Returns the buffer of the
 * range that the colours span.
 */
export async function encodeCanvas(
  work: WorkspaceImpl,
  encoder: GPUCommandEncoder,
  canvas: AnyCanvas,
  source: DepthMap | NetworkResult,
  options: ColorizeOptions,
): Promise<GPUBuffer> {
  const { width, height } = source
  const context = contextOf(canvas, work.engine.device)
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
  const [r, g, b, a] = options.missing ?? [0, 0, 0, 0]
  const missing = [...[r, g, b].map((v) => Math.round((v * a) / 255)), a] as [number, number, number, number]
  const target = () => context.getCurrentTexture().createView()
  const { calls, range } = colorCalls(work, encoder, source, target, { ...options, missing })
  await work.encode(encoder, calls)
  return range
}

/**
 * Draws a map, or a network's result, in colours onto a canvas, which takes its size; CSS may show it at any other.
 * Nothing is read back. The options are those of `colorize`. With a `workspace`, frames of one size allocate nothing.
 * Throws `input` where the canvas has a context that is not `webgpu`.
 */
export async function drawDepth(
  engine: Engine,
  canvas: AnyCanvas,
  source: DepthMap | NetworkResult,
  options: ColorizeOptions & WorkspaceOption = {},
): Promise<void> {
  await within(engine, options, async (work) => {
    const encoder = engine.device.createCommandEncoder({ label: 'draw depth' })
    await encodeCanvas(work, encoder, canvas, source, options)
    engine.device.queue.submit([encoder.finish()])
  })
}
