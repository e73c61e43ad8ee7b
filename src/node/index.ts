// The public surface of `isobath/node`: the engine on Dawn, models, images and result files.
export { openEngine } from './dawn.ts'
export { type AdapterReport, type DoctorReport, doctor } from './doctor.ts'
export { readPhoto, writePng } from './files/image.ts'
export { decodeNpy, encodeNpy, readNpy, writeNpy } from './files/npy.ts'
export { encodePly, writePly } from './files/ply.ts'
export { encodePng16, type Quantised, quantise, writeDepthPng } from './files/png16.ts'
export { readModel } from './model.ts'
