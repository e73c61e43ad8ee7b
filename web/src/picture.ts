// A still picture on its way from a file, the clipboard or a video frame.
import type { Photo } from 'isobath'
import { focalLengthOf } from 'isobath/web'

/** Longest side, in pixels, of what is computed on; larger pictures are made smaller. */
const LONGEST = 4096

export interface Picture {
  /** A file's name without its ending: what downloads are called. */
  name: string
  bitmap: ImageBitmap
  /** Milliseconds that it took to decode. */
  decode: number
  /** Its size before it was made smaller; absent where it was not. */
  original?: { width: number; height: number }
  /** Where a picture of its depth lies that was made before; for where there is no GPU. */
  readyMade?: URL
  /** Millimetres, of a camera with 35 mm film, where the file tells. */
  focalLength35mm?: number
}

const stem = (name: string) => name.replace(/^.*[\\/]/, '').replace(/\.[^.]+$/, '') || 'picture'

/** Decodes a picture, upright, and no longer than 4096 pixels. Throws an error in words where the browser cannot. */
export async function openPicture(source: Blob | HTMLVideoElement, name: string): Promise<Picture> {
  const start = performance.now()
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(source)
  } catch (cause) {
    throw new Error(
      `“${name}” is no picture that this browser can read. JPEG, PNG, WebP and AVIF are; a HEIC photograph has to be ` +
        'saved as JPEG first',
      { cause },
    )
  }
  const decode = performance.now() - start
  const focalLength35mm = source instanceof Blob ? await focalLengthOf(source) : undefined
  const { width, height } = bitmap
  const share = LONGEST / Math.max(width, height)
  if (share >= 1) return { name: stem(name), bitmap, decode, focalLength35mm }
  const smaller = await createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(width * share)),
    resizeHeight: Math.max(1, Math.round(height * share)),
    resizeQuality: 'high',
  })
  bitmap.close()
  const original = { width, height }
  return { name: stem(name), bitmap: smaller, decode: performance.now() - start, original, focalLength35mm }
}

/** The picture's bytes, RGBA, at its size or another. */
export function pixelsOf({ bitmap }: Picture, size: { width: number; height: number } = bitmap): Photo {
  const { width, height } = size
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.drawImage(bitmap, 0, 0, width, height)
  return { width, height, data: new Uint8Array(context.getImageData(0, 0, width, height).data.buffer) }
}
