// NumPy's .npy files on disk.
import { decodeNpy, encodeNpy } from '../../formats/npy.ts'
import type { Tensor } from '../../runtime/tensor.ts'
import { readWhole, writeWhole } from './write.ts'

/** Reads a .npy file; see {@link decodeNpy}. */
export const readNpy = async (path: string): Promise<Tensor> => decodeNpy(await readWhole(path), path)

/** Writes a tensor as a .npy file, whole or not at all. */
export const writeNpy = (path: string, t: Tensor): Promise<void> => writeWhole(path, encodeNpy(t))
