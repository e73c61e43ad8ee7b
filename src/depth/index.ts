// Depth from a photo, and what is done with it.
export {
  type Alignment,
  type AlignOptions,
  alignDepth,
  fitAlignment,
  type KnownPoint,
  type MetresOptions,
  toMetres,
} from './align.ts'
export { type Camera, type CameraOptions, cameraOf, DEFAULT_FOV, fovOf } from './camera.ts'
export { type ColorizeOptions, colorize, encodeColor } from './colorize.ts'
export { type Colormap, type ColormapName, colormaps, colormapTable } from './colormaps.ts'
export { type CleanOptions, depthEdges, type EdgeOptions } from './edges.ts'
export { createDepthEstimator, type DepthEstimator, type EstimateOptions, type EstimatorOptions } from './estimator.ts'
export type { Flip } from './flip.ts'
export { type CardGuess, guessCard } from './guess.ts'
export type { BilateralOptions, FilterOptions, GuidedOptions } from './guided.ts'
export { destroyDepth, readDepth, resizeDepth, uploadDepth } from './map.ts'
export { requireMetres, scaleMeaning } from './metres.ts'
export { cropOf, type MetricCrop, metricCrops } from './metricCrops.ts'
export {
  type DepthErrors,
  errorNames,
  type MetricAlignment,
  type MetricOptions,
  type MetricResult,
  meanErrors,
  measureDepth,
  metricAlignments,
} from './metrics.ts'
export { uprightSize } from './orientation.ts'
export { encodeDepth } from './postprocess.ts'
export { depthRange, type RangeOptions } from './range.ts'
export { encodeRefine, type Mask, type RefineOptions, refineDepth } from './refine.ts'
export type { NetworkInput, NetworkResult } from './result.ts'
export type { DepthMap, Photo, PhotoFrame, PhotoSource, PhotoTexture, PointCloud } from './types.ts'
export { depthNormals, mapCamera, type UnprojectOptions, unproject } from './unproject.ts'
export { createWorkspace, type Workspace, type WorkspaceOption } from './workspace.ts'
