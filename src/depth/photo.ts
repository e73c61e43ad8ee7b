// Photos on their way to the GPU.
import { ensure } from '../runtime/error.ts'
import { turnOf, uprightSize } from './orientation.ts'
import type { PixelSource } from './preprocess.ts'
import type { PhotoFrame, PhotoSource, PhotoTexture } from './types.ts'
import type { WorkspaceImpl } from './workspace.ts'

const isTexture = (photo: PhotoSource): photo is PhotoTexture => 'texture' in photo
const isFrame = (photo: PhotoSource): photo is PhotoFrame => 'frame' in photo

/** Throws `input` unless the photo's data are four bytes a pixel, or its texture can be read. */
export function checkPhoto(photo: PhotoSource): void {
  const { width, height } = photo
  ensure(
    Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0,
    'input',
    `a photo cannot be ${width} × ${height} pixels`,
  )
  turnOf(photo)
  if (isFrame(photo)) return
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

/** Uploads a photo into the workspace's buffer, or takes its texture or frame as it is. */
export function pixelSource(work: WorkspaceImpl, photo: PhotoSource): PixelSource {
  const turn = turnOf(photo)
  const size = uprightSize(photo)
  if (isTexture(photo)) return { ...size, turn, stored: 'texture', pixels: viewOf(photo.texture) }
  if (isFrame(photo)) return { ...size, turn, stored: 'external', pixels: () => photo.frame }
  const pixels = work.buffer('photo', photo.width * photo.height * 4)
  work.engine.device.queue.writeBuffer(pixels, 0, photo.data as Uint8Array<ArrayBuffer>)
  return { ...size, turn, stored: 'buffer', pixels }
}
