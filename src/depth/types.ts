// What goes in and what comes out.
import type { Camera } from './camera.ts'

/** A picture: RGBA, 8 bits each, sRGB, row after row from the top, four bytes a pixel. */
export interface Photo {
  width: number
  height: number
  data: Uint8Array
  /**
   * EXIF's orientation, 1 to 8, of rows that were not turned upright; 1 by default. Everything that is made of the photo
   * is upright: with 5 to 8 its width is this photo's height.
   */
  orientation?: number
  /** EXIF's FocalLengthIn35mmFilm, in millimetres. */
  focalLength35mm?: number
}

/** Pixels on the GPU: a float texture of a format that is not sRGB, so that it reads as 0 to 1 without a curve. */
export interface PhotoTexture {
  width: number
  height: number
  texture: GPUTexture
  orientation?: number
  focalLength35mm?: number
}

/**
 * A picture of a video, which the GPU reads where the browser keeps it, without a copy; in browsers that have external
 * textures.
 */
export interface PhotoFrame {
  /** As shown, in pixels. */
  width: number
  height: number
  /** Made of a frame that stays open until the work is submitted. */
  frame: GPUExternalTexture
  orientation?: number
  focalLength35mm?: number
}

/** What an estimator takes. */
export type PhotoSource = Photo | PhotoTexture | PhotoFrame

/** Depth or disparity on the GPU, one float32 a pixel, row after row; NaN where there is no value. */
export interface DepthMap {
  buffer: GPUBuffer
  width: number
  height: number
  /** `disparity`: inverse depth, larger is nearer. */
  kind: 'disparity' | 'depth'
  /** Of depth; `relative`: up to a scale, and for disparity a shift, that nobody knows. */
  unit: 'relative' | 'metre'
  /** The camera by which the network's result was turned into metres, or that the network estimated. */
  camera?: Camera
}

/** Points of a {@link DepthMap}. */
export interface PointCloud {
  /** x, y, z of each point in metres: x to the right, y down, z forward, from the camera's centre. */
  positions: Float32Array
  /** r, g, b of each point, sRGB. */
  colors: Uint8Array
  /** Unit vectors towards the camera, three numbers a point; only where they were asked for. */
  normals?: Float32Array
  /** The pixel of each point, row · width + column. */
  pixels?: Uint32Array
  count: number
}
