// Depth from a photo, and what is done with it.
export { type ColorizeOptions, colorize, depthRange } from './colorize.ts'
export { type Colormap, type ColormapName, colormaps } from './colormaps.ts'
export { createDepthEstimator, type DepthEstimator, type EstimatorOptions } from './estimator.ts'
export { destroyDepth, readDepth } from './map.ts'
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
export type { DepthMap, Photo, PointCloud } from './types.ts'
export { type UnprojectOptions, unproject } from './unproject.ts'
