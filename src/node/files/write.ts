// Files that appear whole or not at all: written under a temporary name in the same folder, then renamed.
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
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

/** Makes a folder for results, with those above it; an `input` error where something else has its name. */
export function makeFolder(folder: string): void {
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isFile()) throw new Error('it is a file')
    mkdirSync(folder, { recursive: true })
  } catch (cause) {
    failed(`the folder "${folder}" cannot be made`, cause)
  }
}

/** Writes `bytes` to `path`, replacing what is there; on failure nothing of it remains and the old file stays. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  pending.add(temporary)
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    failed(`"${path}" cannot be written`, cause)
  } finally {
    pending.delete(temporary)
  }
}
