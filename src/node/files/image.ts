// Photographs in and colour images out, through the optional package sharp.
import { statSync } from 'node:fs'
import type { Photo } from '../../depth/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { importPackage } from '../packages.ts'
import { writeWhole } from './write.ts'

const openSharp = async () => (await importPackage<typeof import('sharp')>('sharp')).default

/**
 * Decodes an image file to RGBA8 in sRGB, turned upright by its EXIF orientation. Errors: `input` where the file is
 * missing or no image, `dependency` without sharp.
 */
export async function readPhoto(path: string): Promise<Photo> {
  const sharp = await openSharp()
  if (!statSync(path, { throwIfNoEntry: false })) throw new IsobathError('input', `there is no image "${path}"`)
  try {
    const { data, info } = await sharp(path)
      .rotate()
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) }
  } catch (cause) {
    const why = (cause as Error).message.split('\n')[0]
    throw new IsobathError('input', `the image "${path}" cannot be decoded: ${why}`, { cause })
  }
}

/** Writes the colours of an RGBA8 image as PNG, whole or not at all; alpha is dropped. */
export async function writePng(path: string, photo: Photo): Promise<void> {
  const sharp = await openSharp()
  const { width, height, data } = photo
  await writeWhole(
    path,
    await sharp(data, { raw: { width, height, channels: 4 } })
      .removeAlpha()
      .png()
      .toBuffer(),
  )
}
