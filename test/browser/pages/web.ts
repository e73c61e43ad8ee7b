// What isobath/web does in a page, for test/browser/web.test.ts.
import {
  colorize,
  createDepthEstimator,
  type DepthMap,
  destroyDepth,
  type Engine,
  isobathTiny,
  readDepth,
} from 'isobath'
import { drawDepth, estimateDepth, fetchModel, type ImageSource, openEngine, photoOf, releasePhoto } from 'isobath/web'
import { greyFrame } from './frames.ts'

let engine: Engine | undefined
const open = async () => {
  engine ??= await openEngine()
  return engine
}

/** The card of a network that makes no more of its input than its absolute value. */
export const plain = {
  ...isobathTiny,
  input: { ...isobathTiny.input, interpolation: 'bilinear' as const, antialias: false },
}

export interface Picture {
  width: number
  height: number
  pixels: Uint8ClampedArray<ArrayBuffer>
}

const encoded = (canvas: OffscreenCanvas) => canvas.convertToBlob({ type: 'image/png' })

/** The red channel as a frame. */
const redFrame = ({ width, height, pixels }: Picture): VideoFrame =>
  greyFrame({ width, height, luma: Uint8Array.from({ length: width * height }, (_, i) => pixels[4 * i]) })

/** A picture as each kind of source. */
async function sourceOf(kind: string, picture: Picture): Promise<{ source: ImageSource; close?(): void }> {
  const { width, height, pixels } = picture
  const data = new ImageData(pixels, width, height)
  const offscreen = new OffscreenCanvas(width, height)
  offscreen.getContext('2d')!.putImageData(data, 0, 0)
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d')!.putImageData(data, 0, 0)
  switch (kind) {
    case 'ImageData':
      return { source: data }
    case 'ImageBitmap':
      return { source: await createImageBitmap(data) }
    case 'HTMLCanvasElement':
      return { source: canvas }
    case 'OffscreenCanvas':
      return { source: offscreen }
    case 'Blob':
      return { source: await encoded(offscreen) }
    case 'File':
      return { source: new File([await encoded(offscreen)], 'p.png') }
    case 'address':
      return { source: URL.createObjectURL(await encoded(offscreen)) }
    case 'URL':
      return { source: new URL(URL.createObjectURL(await encoded(offscreen))) }
    case 'HTMLImageElement':
      return { source: Object.assign(new Image(), { src: URL.createObjectURL(await encoded(offscreen)) }) }
    case 'VideoFrame of a canvas': {
      const frame = new VideoFrame(canvas, { timestamp: 0 })
      return { source: frame, close: () => frame.close() }
    }
    default: {
      const frame = redFrame(picture)
      return { source: frame, close: () => frame.close() }
    }
  }
}

/** What the network makes of a picture given as `kind`. */
export async function estimate(
  model: Uint8Array,
  kind: string,
  picture: Picture,
  options: { copy?: boolean; flip?: 'mean' } = {},
): Promise<{ stored: string; values: Float32Array }> {
  const { source, close } = await sourceOf(kind, picture)
  const estimator = await createDepthEstimator(await open(), model, { card: plain, flip: options.flip })
  const photo = await photoOf(engine!, source, options)
  const map = await estimator.estimate(photo)
  releasePhoto(photo)
  close?.()
  const values = await readDepth(engine!, map)
  destroyDepth(map)
  estimator.destroy()
  return { stored: 'frame' in photo ? 'frame' : 'texture', values }
}

/** Depth of a file's bytes, decoded by the browser as a Blob and as an image element, and the focal length found in it. */
export async function decodeFile(model: Uint8Array, bytes: Uint8Array<ArrayBuffer>, type: string) {
  await open()
  const blob = new Blob([bytes], { type })
  const image = Object.assign(new Image(), { src: URL.createObjectURL(blob) })
  const results = []
  for (const source of [blob, image]) {
    const photo = await photoOf(engine!, source)
    const estimator = await createDepthEstimator(engine!, model, { card: plain })
    const map = await estimator.estimate(photo)
    const { width, height } = map
    results.push({ width, height, focal: photo.focalLength35mm, values: await readDepth(engine!, map) })
    releasePhoto(photo)
    destroyDepth(map)
    estimator.destroy()
  }
  return results
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (e) => `${e.code ?? e.name}: ${e.message}`,
  )

/** Errors of sources that are none. */
export async function badSources(): Promise<string[]> {
  await open()
  const sources = [new Blob(['text']), '/nothing.png', new Image(), document.createElement('video')]
  return Promise.all(sources.map((source) => failure(photoOf(engine!, source))))
}

async function mapOf(values: number[], width: number): Promise<DepthMap> {
  const { device } = await open()
  const buffer = device.createBuffer({
    size: values.length * 4,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
  })
  device.queue.writeBuffer(buffer, 0, new Float32Array(values))
  return { buffer, width, height: values.length / width, kind: 'disparity', unit: 'relative' }
}

/** A map's colours on canvases of both kinds, beside those of `colorize`. */
export async function drawn(values: number[], width: number, colormap: string) {
  const map = await mapOf(values, width)
  const { data } = await colorize(engine!, map, { colormap })
  const pictures = []
  for (const canvas of [document.createElement('canvas'), new OffscreenCanvas(1, 1)]) {
    await drawDepth(engine!, canvas, map, { colormap })
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!
    copy.drawImage(canvas, 0, 0)
    pictures.push(new Uint8Array(copy.getImageData(0, 0, canvas.width, canvas.height).data))
  }
  destroyDepth(map)
  return { expected: data, pictures }
}

export async function drawOnOther(): Promise<string> {
  const canvas = new OffscreenCanvas(4, 4)
  canvas.getContext('2d')
  const map = await mapOf([1, 2], 2)
  return failure(drawDepth(engine!, canvas, map))
}

/** The default network, fetched, on a picture. */
export async function endToEnd({ width, height, pixels }: Picture, size: { width: number; height: number }) {
  const model = await fetchModel('/assets/isobath-tiny.onnx')
  const estimator = await createDepthEstimator(await open(), model, { card: isobathTiny, ...size })
  const map = await estimateDepth(estimator, new ImageData(pixels, width, height))
  const values = await readDepth(engine!, map)
  destroyDepth(map)
  estimator.destroy()
  return values
}

/** What users see where there is no WebGPU. */
export async function withoutWebGpu(): Promise<string[]> {
  const none = { requestAdapter: async () => null } as unknown as GPU
  const messages = [await failure(openEngine({ gpu: none }))]
  Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true })
  messages.push(await failure(openEngine()))
  Object.defineProperty(globalThis, 'isSecureContext', { value: false, configurable: true })
  messages.push(await failure(openEngine()))
  return messages
}

/** A device of the page's own outlives the engine. */
export async function ownDevice(model: Uint8Array): Promise<{ lost: boolean; ran: boolean }> {
  const adapter = await navigator.gpu.requestAdapter()
  const device = await adapter!.requestDevice()
  let lost = false
  device.lost.then(() => {
    lost = true
  })
  const mine = await openEngine({ device })
  const session = await mine.load(model)
  mine.destroy()
  device.queue.submit([])
  await device.queue.onSubmittedWorkDone()
  const ran = session.inputs.length === 1
  device.pushErrorScope('validation')
  device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST }).destroy()
  return { lost: lost || (await device.popErrorScope()) !== null, ran }
}

/** Loses the device under a running engine, and goes on with another. */
export async function loseDevice(model: Uint8Array, { width, height, pixels }: Picture) {
  const picture = new ImageData(pixels, width, height)
  let told = ''
  const first = await openEngine({
    onLost: (why) => {
      told = why
    },
  })
  const estimator = await createDepthEstimator(first, model, { card: plain })
  destroyDepth(await estimateDepth(estimator, picture))
  first.device.destroy()
  await first.device.lost
  const errors = [await failure(estimateDepth(estimator, picture)), await failure(first.load(model))]
  first.destroy()
  const second = await openEngine()
  const again = await createDepthEstimator(second, model, { card: plain })
  const map = await estimateDepth(again, picture)
  const values = await readDepth(second, map)
  second.destroy()
  return { told, errors, values }
}

/** What a worker finds. */
export const inWorker = (message: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const worker = new Worker('/web-worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => {
      worker.terminate()
      resolve(data)
    }
    worker.onerror = (e) => reject(new Error(e.message))
    worker.postMessage(message)
  })
