// Models from files: the tensors of a large .onnx file and of the data files beside it are read one at a time.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ExternalFile, ModelSource } from '../api.ts'
import { defaultModelUrl } from '../models/index.ts'
import { IsobathError } from '../runtime/error.ts'
import { FILE_CHUNK, noModel, WHOLE_FILE } from '../runtime/onnx/import.ts'
import { SkeletonReader } from '../runtime/onnx/skeleton.ts'

const why = (cause: unknown) => (cause as NodeJS.ErrnoException).code ?? (cause as Error).message

function withFile<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, 'r')
  try {
    return use(fd)
  } finally {
    closeSync(fd)
  }
}

function readPart(path: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const got = withFile(path, (fd) => {
    let done = 0
    while (done < length) {
      const n = readSync(fd, bytes, done, Math.min(length - done, 1 << 30), offset + done)
      if (n === 0) break
      done += n
    }
    return done
  })
  if (got < length)
    throw new IsobathError(
      'data',
      `"${path}" is cut short: ${length} bytes at ${offset} are wanted and ${got} are there. Fetch or export it again`,
    )
  return bytes
}

/** Whether a location stays in its folder: relative, and without '..' on the way. */
function staysInside(location: string): boolean {
  const parts = location.split(/[\\/]/)
  return location !== '' && parts[0] !== '' && !/^[A-Za-z]:/.test(location) && !parts.includes('..')
}

function openExternal(model: string, location: string): ExternalFile {
  if (!staysInside(location))
    throw new IsobathError(
      'data',
      `"${model}" keeps data in "${location}", outside its own folder; that is refused. Export it with its data beside it`,
    )
  const path = join(dirname(model), location)
  let size: number
  try {
    size = withFile(path, (fd) => {
      const stat = fstatSync(fd)
      if (!stat.isFile()) throw new Error('not a file')
      return stat.size
    })
  } catch (cause) {
    const state = why(cause) === 'ENOENT' ? 'is not there' : `cannot be read (${why(cause)})`
    throw new IsobathError(
      'data',
      `"${basename(model)}" keeps its weights in "${location}", and "${path}" ${state}. Put that file beside the model`,
      { cause },
    )
  }
  return { size, read: (offset, length) => readPart(path, offset, length) }
}

/** Reads a file from its beginning to its end, but for the values of its large tensors. */
function readSkeleton(path: string, fd: number, size: number): Uint8Array {
  const reader = new SkeletonReader(basename(path))
  const chunk = new Uint8Array(FILE_CHUNK)
  try {
    for (let at = 0; at < size; at += reader.skip(size - at)) {
      const got = readSync(fd, chunk, 0, chunk.length, at)
      if (got === 0) break
      reader.push(chunk.subarray(0, got))
      at += got
    }
    return reader.finish()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw noModel({ name: path }, cause)
  }
}

function readWhole(fd: number): Uint8Array {
  const file = readFileSync(fd)
  return new Uint8Array(file.buffer, file.byteOffset, file.length)
}

/**
 * Reads a model. Of a file of more than 8 MiB `bytes` leaves out the values of large tensors: they become external data in
 * that file. External data is opened when the engine asks for it and read tensor by tensor, so that large weights are never
 * in memory at once. Errors: `model` where the file cannot be read, or is large and no ONNX model; later, from `external`,
 * `data` where a data file is missing, cut short, or not in the model's folder.
 */
export function readModel(path: string): ModelSource {
  let bytes: Uint8Array
  try {
    bytes = withFile(path, (fd) => {
      const stat = fstatSync(fd)
      if (stat.isDirectory()) throw new Error('it is a folder')
      return stat.isFile() && stat.size > WHOLE_FILE ? readSkeleton(path, fd, stat.size) : readWhole(fd)
    })
  } catch (cause) {
    if (cause instanceof IsobathError) throw cause
    const message =
      why(cause) === 'ENOENT' ? `there is no model "${path}"` : `the model "${path}" cannot be read: ${why(cause)}`
    throw new IsobathError('model', message, { cause })
  }
  return { name: path, bytes, external: (location) => openExternal(path, location) }
}

/** Reads the network that comes with the package; its card is `isobathTiny`. Errors as for {@link readModel}. */
export const readDefaultModel = (): ModelSource => readModel(fileURLToPath(defaultModelUrl()))
