// The public surface of `isobath/node`: the engine on Dawn, models, images and result files.
export { openEngine } from './dawn.ts'
export { type AdapterReport, type DoctorReport, doctor } from './doctor.ts'
export {
  type DepthFormat,
  type DepthMeaning,
  readDepthFile,
  type Stereo,
  writeDepthFile,
} from './files/depth.ts'
export { encodeImage, type ImageType, readPhoto, sideBySide, writePng } from './files/image.ts'
export { readNpy, writeNpy } from './files/npy.ts'
export { readDefaultModel, readModel } from './model.ts'
