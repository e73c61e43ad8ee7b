// Model files in browsers: small ones are held in memory, of large ones a skeleton; the values of its tensors stay where
// the browser keeps the file.
import type { ExternalFile, ModelSource } from '../api.ts'
import { ensure, fetched } from '../runtime/error.ts'
import { FILE_CHUNK, noModel, WHOLE_FILE } from '../runtime/onnx/import.ts'
import type { SkeletonReader } from '../runtime/onnx/skeleton.ts'
import { fileOnDisk, Parts } from './pieces.ts'

export interface ModelFile {
  /** The file, or its skeleton. */
  bytes: Uint8Array
  /** What the skeleton's tensors lie in: the location is the file's name. */
  file?: ExternalFile
}

async function skeletonReader(name: string): Promise<SkeletonReader> {
  const { SkeletonReader } = await fetched(import('../runtime/onnx/skeleton.ts'))
  return new SkeletonReader(name)
}

/** Opens a model file; throws `model` where it is large and no model. */
export async function openFile(name: string, file: Blob): Promise<ModelFile> {
  if (file.size <= WHOLE_FILE) return { bytes: new Uint8Array(await file.arrayBuffer()) }
  const reader = await skeletonReader(name)
  try {
    for (let at = 0; at < file.size; at += reader.skip(file.size - at)) {
      const chunk = new Uint8Array(await file.slice(at, at + FILE_CHUNK).arrayBuffer())
      reader.push(chunk)
      at += chunk.length
    }
    return { bytes: reader.finish(), file: fileOnDisk(name, file) }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw noModel({ name }, cause)
  }
}

/** A model file that is being downloaded, whose skeleton is read on the way. */
export class IncomingModel {
  length = 0
  /** Everything while that is little, then what is not in a part yet. */
  private head: Uint8Array
  private reader?: SkeletonReader
  private failure?: RangeError
  private readonly parts?: Parts

  /** `expected`: its size as the server tells it. With `keep` it keeps the values of tensors, too. */
  constructor(
    private readonly name: string,
    private readonly expected = 0,
    keep = false,
  ) {
    this.head = new Uint8Array(expected > WHOLE_FILE ? 0 : expected || 1 << 20)
    if (keep) this.parts = new Parts()
  }

  async add(chunk: Uint8Array): Promise<void> {
    const before = this.length
    this.length += chunk.length
    if (!this.reader && Math.max(this.length, this.expected) > WHOLE_FILE) {
      this.reader = await skeletonReader(this.name)
      this.pass(this.head.subarray(0, before))
      this.head = new Uint8Array()
    }
    if (this.reader) return this.pass(chunk)
    if (this.length > this.head.length) {
      const larger = new Uint8Array(Math.max(this.length, Math.ceil(before * 1.5)))
      larger.set(this.head.subarray(0, before))
      this.head = larger
    }
    this.head.set(chunk, before)
  }

  /** A file that is no model is told of at its end: it may have another hash. */
  private pass(chunk: Uint8Array): void {
    this.parts?.add(chunk)
    try {
      if (!this.failure) this.reader!.push(chunk)
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause
      this.failure = cause
    }
  }

  /**
   * The model when all of it has been added; `stored` is where it lies now. Undefined where it is large and neither that is
   * known nor its tensors were kept.
   */
  finish(stored: Blob | undefined): ModelFile | undefined {
    if (!this.reader) return { bytes: this.head.subarray(0, this.length) }
    const file = stored ?? this.parts?.blob
    if (!file) return undefined
    try {
      if (this.failure) throw this.failure
      return { bytes: this.reader.finish(), file: fileOnDisk(this.name, file) }
    } catch (cause) {
      throw noModel({ name: this.name }, cause)
    }
  }
}

/**
 * Reads a model from a file that the user has chosen, or from any Blob; `beside` holds the files of external data by the
 * locations that the model gives. Nothing large is in memory: tensors are read from the file when they go to the GPU, so it
 * must stay as it is until the model is loaded.
 *
 * Throws `model` where the file is large and no ONNX model; loading throws `data` where a file is missing or has changed.
 */
export async function readModel(file: Blob, beside: Record<string, Blob> = {}): Promise<ModelSource> {
  const name = (file as Partial<File>).name || 'model.onnx'
  const { bytes, file: own } = await openFile(name, file)
  const files = new Map(Object.entries(beside).map(([location, blob]) => [location, fileOnDisk(location, blob)]))
  if (own) files.set(name, own)
  const external = (location: string): ExternalFile => {
    const found = files.get(location)
    ensure(found, 'data', `"${name}" keeps data in the file "${location}": give that file with it`)
    return found
  }
  return { name, bytes, external }
}
