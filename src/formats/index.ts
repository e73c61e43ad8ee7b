// Depth as files' bytes, and back: nothing here reads or writes a file, so that it serves browsers and Node.
export { decodeExr, encodeExr } from './exr.ts'
export { encodeGlb, type Texture } from './glb.ts'
export type { DepthImage, FloatImage } from './image.ts'
export { type GridMesh, gridMesh } from './mesh.ts'
export { decodeNpy, encodeNpy } from './npy.ts'
export { decodeNpz } from './npz.ts'
export { decodePfm, encodePfm } from './pfm.ts'
export { type Axes, encodePly } from './ply.ts'
export { decodeGrayPng, encodePng16, type GrayPng } from './png.ts'
export {
  decodeDepthPng,
  dequantise,
  type Encoding,
  encodeDepthPng,
  encodings,
  type Quantisation,
  type Quantised,
  quantise,
} from './quantise.ts'
export { type DepthStats, depthStats } from './stats.ts'
