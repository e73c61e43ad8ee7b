// What isobath/web does in a page, for test/browser/web.test.ts.
import { createDepthEstimator, destroyDepth, type Engine, isobathTiny, readDepth } from 'isobath'
import { type ImageSource, openEngine, photoOf, releasePhoto } from 'isobath/web'

let engine: Engine | undefined
const open = async () => (engine ??= await openEngine())

/** A network whose output is the first channel of its input, at the picture's size. */
const identity = {
  ...isobathTiny,
  input: { ...isobathTiny.input, interpolation: 'bilinear' as const, antialias: false },
}

export interface Picture {
  width: number
  height: number
  pixels: Uint8ClampedArray<ArrayBuffer>
}

/** A picture as each kind of source. */
async function sourceOf(
  kind: string,
  { width, height, pixels }: Picture,
): Promise<{ source: ImageSource; close?(): void }> {
  const data = new ImageData(pixels, width, height)
  const offscreen = new OffscreenCanvas(width, height)
  offscreen.getContext('2d')!.putImageData(data, 0, 0)
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  canvas.getContext('2d')!.putImageData(data, 0, 0)
  const png = () => offscreen.convertToBlob({ type: 'image/png' })
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
      return { source: await png() }
    case 'File':
      return { source: new File([await png()], 'p.png') }
    case 'address':
      return { source: URL.createObjectURL(await png()) }
    case 'URL':
      return { source: new URL(URL.createObjectURL(await png())) }
    case 'HTMLImageElement':
      return { source: Object.assign(new Image(), { src: URL.createObjectURL(await png()) }) }
    case 'VideoFrame': {
      const frame = new VideoFrame(canvas, { timestamp: 0 })
      return { source: frame, close: () => frame.close() }
    }
    default:
      throw new Error(kind)
  }
}

/** The values that a network which passes its input on makes of a picture given as `kind`. */
export async function throughIdentity(
  model: Uint8Array,
  kind: string,
  picture: Picture,
): Promise<{ stored: string; values: Float32Array }> {
  await open()
  const estimator = await createDepthEstimator(engine!, model, { card: identity })
  const { source, close } = await sourceOf(kind, picture)
  const photo = await photoOf(engine!, source)
  const map = await estimator.estimate(photo)
  const values = await readDepth(engine!, map)
  destroyDepth(map)
  const stored = 'frame' in photo ? 'frame' : 'texture'
  releasePhoto(photo)
  close?.()
  estimator.destroy()
  return { stored, values }
}
