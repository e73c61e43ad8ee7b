// Pictures of a browser as photos on the GPU: still ones are copied into a texture, frames of a video are read in place.
import type { Engine } from '../api.ts'
import type { DepthEstimator, EstimateOptions } from '../depth/estimator.ts'
import type { DepthMap, Photo, PhotoFrame, PhotoTexture } from '../depth/types.ts'
import { jpegFocalLength35mm } from '../formats/exif.ts'
import { ensure, IsobathError } from '../runtime/error.ts'

/** What shows a picture in a browser. A string is an address. */
export type ImageSource =
  | ImageBitmap
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageData
  | Blob
  | URL
  | string

export interface PhotoOptions {
  /** A texture of an earlier call: it is written again where the size is the same, else destroyed. */
  into?: PhotoTexture
  /** Copies a video's frame into a texture, which outlives the frame, in place of reading it where it lies. */
  copy?: boolean
  signal?: AbortSignal
}

/** What `copyExternalImageToTexture` takes. */
type Copied = ImageBitmap | HTMLVideoElement | VideoFrame | HTMLCanvasElement | OffscreenCanvas | ImageData

const isA = <T>(source: unknown, name: string): source is T => {
  const type = (globalThis as Record<string, unknown>)[name] as (abstract new (...args: never[]) => T) | undefined
  return type !== undefined && source instanceof type
}
export const isVideo = (source: unknown): source is HTMLVideoElement => isA(source, 'HTMLVideoElement')
export const isVideoFrame = (source: unknown): source is VideoFrame => isA(source, 'VideoFrame')
const isImage = (source: unknown): source is HTMLImageElement => isA(source, 'HTMLImageElement')

const reason = (cause: unknown) => (cause as Error)?.message || String(cause)

/** Upright, and with colours as they are in transparent places. */
const DECODE: ImageBitmapOptions = { imageOrientation: 'from-image', premultiplyAlpha: 'none' }

async function decode(source: Blob | HTMLImageElement, name: string): Promise<ImageBitmap> {
  try {
    if (isImage(source)) await source.decode()
    return await createImageBitmap(source, DECODE)
  } catch (cause) {
    throw new IsobathError('input', `${name} cannot be decoded as an image: ${reason(cause)}`, { cause })
  }
}

async function download(url: string, signal?: AbortSignal): Promise<Blob> {
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new IsobathError('input', `the image ${url} cannot be fetched: ${reason(cause)}`, { cause })
  }
  ensure(response.ok, 'input', `the image ${url} cannot be fetched: the server says ${response.status}`)
  return response.blob()
}

function sizeOf(source: Copied): { width: number; height: number } {
  if (isVideo(source)) return { width: source.videoWidth, height: source.videoHeight }
  if (isVideoFrame(source)) return { width: source.displayWidth, height: source.displayHeight }
  return { width: source.width, height: source.height }
}

const FOREIGN = 'One from another site needs the attribute crossorigin, and a server that allows it'

/** The texture that takes a picture of this size: the one at hand, where it fits. */
function textureFor({ device }: Engine, width: number, height: number, into?: PhotoTexture): GPUTexture {
  const most = device.limits.maxTextureDimension2D
  ensure(width > 0 && height > 0, 'input', 'the image has no pixels: it is empty, or not loaded yet')
  ensure(
    width <= most && height <= most,
    'limit',
    `the image has ${width} × ${height} pixels; this adapter's textures have at most ${most} a side. Use a smaller one`,
  )
  if (into && into.texture.width === width && into.texture.height === height) return into.texture
  into?.texture.destroy()
  const usage = GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT
  return device.createTexture({ label: 'photo', size: [width, height], format: 'rgba8unorm', usage })
}

/** A frame that browsers do not copy to a texture, drawn on a canvas. */
function drawn(frame: HTMLVideoElement | VideoFrame): OffscreenCanvas {
  const { width, height } = sizeOf(frame)
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')!.drawImage(frame, 0, 0, width, height)
  return canvas
}

/** Bytes as the texture holds them; not every browser copies those. */
const isPixels = (source: Copied): source is ImageData & { data: Uint8ClampedArray<ArrayBuffer> } =>
  isA<ImageData>(source, 'ImageData') &&
  (source.colorSpace ?? 'srgb') === 'srgb' &&
  source.data instanceof Uint8ClampedArray

function copyToTexture(engine: Engine, source: Copied, into?: PhotoTexture): PhotoTexture {
  const { width, height } = sizeOf(source)
  const texture = textureFor(engine, width, height, into)
  const copy = (from: Copied) => {
    const target = { texture, premultipliedAlpha: false }
    engine.device.queue.copyExternalImageToTexture({ source: from }, target, [width, height])
  }
  try {
    try {
      if (isPixels(source))
        engine.device.queue.writeTexture({ texture }, source.data, { bytesPerRow: 4 * width }, { width, height })
      else copy(source)
    } catch (cause) {
      if (!isVideo(source) && !isVideoFrame(source)) throw cause
      copy(drawn(source))
    }
  } catch (cause) {
    texture.destroy()
    throw new IsobathError('input', `the image cannot be read: ${reason(cause)}. ${FOREIGN}`, { cause })
  }
  return { width, height, texture }
}

/** Frames that were taken here, by the external textures that were made of them. */
const taken = new WeakMap<GPUExternalTexture, VideoFrame>()

const NO_PICTURE = 'the video shows no picture yet: wait for its event "loadeddata"'

/** Whether a video has no picture yet: the exception, or the error that has it as its cause. */
export const isNotYet = (e: unknown): boolean =>
  (e as Error)?.name === 'InvalidStateError' || ((e as Error)?.cause as Error)?.name === 'InvalidStateError'

/** The picture that a video element shows now; undefined where the browser has no VideoFrame. */
function currentFrame(video: HTMLVideoElement): VideoFrame | undefined {
  ensure(video.readyState >= 2, 'input', NO_PICTURE)
  if (!('VideoFrame' in globalThis)) return undefined
  try {
    return new VideoFrame(video)
  } catch (cause) {
    // Loaded, but not decoded.
    if (isNotYet(cause)) throw new IsobathError('input', NO_PICTURE, { cause })
    throw new IsobathError('input', `the video cannot be read: ${reason(cause)}. ${FOREIGN}`, { cause })
  }
}

/** Reads a frame in place; undefined where the browser or this frame does not allow it. */
function importFrame({ device }: Engine, frame: VideoFrame): PhotoFrame | undefined {
  try {
    return { ...sizeOf(frame), frame: device.importExternalTexture({ label: 'photo', source: frame }) }
  } catch {
    return undefined
  }
}

/** A frame as a photo, without waiting; see {@link photoOf}. */
export function photoOfFrame(
  engine: Engine,
  source: HTMLVideoElement | VideoFrame,
  { copy, into }: PhotoOptions = {},
): PhotoTexture | PhotoFrame {
  const own = isVideoFrame(source) ? undefined : currentFrame(source)
  const frame = isVideoFrame(source) ? source : own
  const photo = frame && !copy ? importFrame(engine, frame) : undefined
  if (photo) {
    if (own) taken.set(photo.frame, own)
    return photo
  }
  try {
    return copyToTexture(engine, frame ?? source, into)
  } finally {
    own?.close()
  }
}

/**
 * A picture as a photo on the GPU, upright, in sRGB. Free it with {@link releasePhoto}.
 *
 * Still pictures become a texture of their size. A frame of a video (VideoFrame, or what a video element shows now) is
 * read in place by the network's preprocessing, without a copy; a VideoFrame must stay open until then. Where the browser
 * makes no external texture of it (it has none, or not of such frames), or with `copy`, it becomes a texture, too. The focal length in a JPEG file's EXIF goes along.
 *
 * Throws `input` on what cannot be fetched, decoded or read, and `limit` where it is larger than textures may be.
 */
export async function photoOf(
  engine: Engine,
  source: ImageSource,
  options: PhotoOptions = {},
): Promise<PhotoTexture | PhotoFrame> {
  const { signal, into } = options
  signal?.throwIfAborted()
  if (isVideo(source) || isVideoFrame(source)) return photoOfFrame(engine, source, options)
  const isAddress = typeof source === 'string' || source instanceof URL
  const file = isAddress ? await download(String(source), signal) : source
  if (!(file instanceof Blob) && !isImage(file)) return copyToTexture(engine, file, into)
  const name = isAddress ? `the image ${source}` : file instanceof File ? `"${file.name}"` : 'the image'
  const bitmap = await decode(file, name)
  try {
    signal?.throwIfAborted()
    const photo = copyToTexture(engine, bitmap, into)
    const focalLength35mm = file instanceof Blob ? await focalLengthOf(file) : undefined
    return focalLength35mm ? { ...photo, focalLength35mm } : photo
  } finally {
    bitmap.close()
  }
}

/** EXIF stands in the first segments, of at most 64 kB each. */
const HEAD = 1 << 17

/** The focal length in a JPEG file's EXIF, of a camera with 35 mm film, in millimetres; undefined where there is none. */
export async function focalLengthOf(file: Blob): Promise<number | undefined> {
  return jpegFocalLength35mm(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()))
}

/** Frees the texture of a photo, or the frame that {@link photoOf} took from a video element. Frames of the caller's stay open. */
export function releasePhoto(photo: PhotoTexture | PhotoFrame): void {
  if ('texture' in photo) photo.texture.destroy()
  else taken.get(photo.frame)?.close()
}

/** Whether it is a photo already. */
const isPhoto = (
  source: ImageSource | Photo | PhotoTexture | PhotoFrame,
): source is Photo | PhotoTexture | PhotoFrame =>
  source instanceof Object &&
  ('texture' in source || 'frame' in source || Object.getPrototypeOf(source) === Object.prototype)

/**
 * Depth of any picture: {@link photoOf} and `estimator.estimate` in one. The map's buffer is the caller's to free, with
 * `destroyDepth`. Errors are those of both.
 */
export async function estimateDepth(
  estimator: DepthEstimator,
  source: ImageSource | Photo | PhotoTexture | PhotoFrame,
  options: EstimateOptions & { signal?: AbortSignal } = {},
): Promise<DepthMap> {
  if (isPhoto(source)) return estimator.estimate(source, options)
  const photo = await photoOf(estimator.engine, source, { signal: options.signal })
  try {
    return await estimator.estimate(photo, options)
  } finally {
    releasePhoto(photo)
  }
}
