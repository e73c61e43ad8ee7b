// What goes in and what comes out.

/** A picture: RGBA, 8 bits each, sRGB, row after row from the top, four bytes a pixel. */
export interface Photo {
  width: number
  height: number
  data: Uint8Array
}

/** Depth or disparity on the GPU, one float32 a pixel, row after row; NaN where there is no value. */
export interface DepthMap {
  buffer: GPUBuffer
  width: number
  height: number
  /** `disparity`: inverse depth, larger is nearer. */
  kind: 'disparity' | 'depth'
  /** Of depth; `relative`: up to a scale, and for disparity a shift, that nobody knows. */
  unit: 'relative' | 'metre'
}

/** Points of a {@link DepthMap}. */
export interface PointCloud {
  /** x, y, z of each point in metres: x to the right, y down, z forward, from the camera's centre. */
  positions: Float32Array
  /** r, g, b of each point, sRGB. */
  colors: Uint8Array
  count: number
}
