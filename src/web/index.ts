// The public surface of `isobath/web`: the engine in browsers, models over the network, pictures, canvases and video.
export { type AnyCanvas, drawDepth } from './draw.ts'
export { openEngine } from './engine.ts'
export { type FetchModelOptions, type FetchProgress, fetchModel } from './fetch.ts'
export { readModel } from './file.ts'
export type { FrameSource } from './frames.ts'
export { estimateDepth, focalLengthOf, type ImageSource, type PhotoOptions, photoOf, releasePhoto } from './photo.ts'
export { type CachedModel, cachedModels, clearCachedModels } from './store.ts'
export {
  createDepthStream,
  type DepthFrame,
  type DepthStream,
  type DepthStreamLook,
  type DepthStreamOptions,
  type DepthStreamStats,
} from './stream.ts'
