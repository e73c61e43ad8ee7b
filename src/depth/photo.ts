// Photos on their way to the GPU.
import { ensure } from '../runtime/error.ts'
import { turnOf, uprightSize } from './orientation.ts'
import type { PixelSource } from './preprocess.ts'
import type { Photo, PhotoTexture } from './types.ts'
import type { WorkspaceImpl } from './workspace.ts'

const isTexture = (photo: Photo | PhotoTexture): photo is PhotoTexture => 'texture' in photo

/** Throws `input` unless the photo's data are four bytes a pixel, or its texture can be read. */
export function checkPhoto(photo: Photo | PhotoTexture): void {
  const { width, height } = photo
  ensure(
    Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0,
    'input',
    `a photo cannot be ${width} × ${height} pixels`,
  )
  turnOf(photo)
  if (isTexture(photo)) {
    const { texture } = photo
    ensure(
      texture.width === width && texture.height === height && !texture.format.endsWith('-srgb'),
      'input',
      `a photo of ${width} × ${height} pixels cannot lie in a texture of ${texture.width} × ${texture.height}, ` +
        `${texture.format}: the sizes are to be equal, and a format without -srgb`,
    )
    return
  }
  ensure(
    photo.data.byteLength === width * height * 4,
    'input',
    `a photo of ${width} × ${height} pixels has ${width * height * 4} bytes of RGBA; it was given with ${photo.data.byteLength}`,
  )
}

const views = new WeakMap<GPUTexture, GPUTextureView>()

function viewOf(texture: GPUTexture): GPUTextureView {
  let view = views.get(texture)
  if (!view) {
    view = texture.createView({ label: 'photo' })
    views.set(texture, view)
  }
  return view
}

/** Uploads a photo into the workspace's buffer, or takes its texture as it is. */
export function pixelSource(work: WorkspaceImpl, photo: Photo | PhotoTexture): PixelSource {
  const turn = turnOf(photo)
  const size = uprightSize(photo)
  if (isTexture(photo)) return { ...size, turn, texture: true, pixels: viewOf(photo.texture) }
  const pixels = work.buffer('photo', photo.width * photo.height * 4)
  work.engine.device.queue.writeBuffer(pixels, 0, photo.data as Uint8Array<ArrayBuffer>)
  return { ...size, turn, texture: false, pixels }
}
