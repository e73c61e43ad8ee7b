// Stand-ins for the types of src/depth.
export interface Photo {
  width: number
  height: number
  data: Uint8Array
}
export interface DepthMap {
  width: number
  height: number
  kind: 'disparity' | 'depth'
  unit: 'relative' | 'metre'
}
export interface PointCloud {
  positions: Float32Array
  colors: Uint8Array
  count: number
}
