// Files whole: read at once, and written under a temporary name in the same folder, then renamed.
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { IsobathError } from '../../runtime/error.ts'

const pending = new Set<string>()

/** Removes what unfinished writes have left; for a program that is being stopped. */
export function removePending(): void {
  for (const file of pending) rmSync(file, { force: true })
  pending.clear()
}

function failed(what: string, cause: unknown): never {
  const { code, message } = cause as NodeJS.ErrnoException
  throw new IsobathError('input', `${what}: ${code ?? message}`, { cause })
}

/** Reads a file; an `input` error where it is not there or cannot be read. */
export async function readWhole(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const message = code === 'ENOENT' ? `there is no file "${path}"` : `"${path}" cannot be read: ${code}`
    throw new IsobathError('input', message, { cause })
  }
}

/** Makes a folder for results, with those above it; an `input` error where something else has its name. */
export function makeFolder(folder: string): void {
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isFile()) throw new Error('it is a file')
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    failed(`the folder "${folder}" cannot be made`, cause)
  }
}

/**
 * Writes chunks to `path` as they come, replacing what is there; where writing or the source fails, nothing of them
 * remains and the old file stays. The source's own `IsobathError`s pass.
 */
export async function writeChunks(
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  pending.add(temporary)
  try {
    const file = await open(temporary, 'wx')
    try {
      for await (const chunk of chunks) await file.writeFile(chunk)
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    if (cause instanceof IsobathError) throw cause
    failed(`"${path}" cannot be written`, cause)
  } finally {
    pending.delete(temporary)
  }
}

/** Writes `bytes` to `path`, replacing what is there; on failure nothing of it remains and the old file stays. */
export const writeWhole = (path: string, bytes: Uint8Array): Promise<void> => writeChunks(path, [bytes])
