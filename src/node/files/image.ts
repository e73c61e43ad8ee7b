// Photographs in and colour images out, through the optional package sharp.
import { statSync } from 'node:fs'
import type { Photo } from '../../depth/index.ts'
import { focalLength35mm } from '../../formats/exif.ts'
import { IsobathError } from '../../runtime/error.ts'
import { importPackage } from '../packages.ts'
import { writeWhole } from './write.ts'

const openSharp = async () => (await importPackage<typeof import('sharp')>('sharp')).default

/**
 * Decodes an image file, or with `bytes` the file's content, to RGBA8 in sRGB, turned upright by its EXIF orientation,
 * with the focal length that EXIF tells.
 * Errors: `input` where the file is missing or no image, `dependency` without sharp.
 */
export async function readPhoto(path: string, bytes?: Uint8Array): Promise<Photo> {
  const sharp = await openSharp()
  if (!bytes && !statSync(path, { throwIfNoEntry: false }))
    throw new IsobathError('input', `there is no image "${path}"`)
  try {
    const image = sharp(bytes ?? path)
    const { exif } = await image.metadata()
    const focal = exif && focalLength35mm(exif)
    const { data, info } = await image
      .rotate()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    const { width, height } = info
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length)
    return { width, height, data: pixels, ...(focal && { focalLength35mm: focal }) }
  } catch (cause) {
    const why = (cause as Error).message.split('\n')[0]
    throw new IsobathError('input', `the image "${path}" cannot be decoded: ${why}`, { cause })
  }
}

/** Kinds of colour images. JPEG and WebP are lossy, at a quality where that is hard to see. */
export const imageTypes = ['png', 'jpg', 'webp'] as const
export type ImageType = (typeof imageTypes)[number]

/** The bytes of a colour image; alpha is dropped. */
export async function encodeImage({ width, height, data }: Photo, type: ImageType): Promise<Uint8Array> {
  const sharp = await openSharp()
  const image = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha()
  if (type === 'jpg') return image.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer()
  return (type === 'webp' ? image.webp({ quality: 90 }) : image.png()).toBuffer()
}

/** Two pictures of one height, the second at the right of the first. */
export function sideBySide(left: Photo, right: Photo): Photo {
  const width = left.width + right.width
  const data = new Uint8Array(width * left.height * 4)
  for (let y = 0; y < left.height; y++) {
    data.set(left.data.subarray(y * left.width * 4, (y + 1) * left.width * 4), y * width * 4)
    data.set(right.data.subarray(y * right.width * 4, (y + 1) * right.width * 4), (y * width + left.width) * 4)
  }
  return { width, height: left.height, data }
}

/** Writes the colours of an RGBA8 image as PNG, whole or not at all; alpha is dropped. */
export const writePng = async (path: string, photo: Photo): Promise<void> =>
  writeWhole(path, await encodeImage(photo, 'png'))
