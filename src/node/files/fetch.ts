// Published networks, fetched into a file and held against the size and the hash that their card gives.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PublishedFile } from '../../models/index.ts'
import { ensure, IsobathError } from '../../runtime/error.ts'
import { makeFolder, writeChunks } from './write.ts'

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

async function ask(url: string): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url)
  } catch (cause) {
    const inner = (cause as Error).cause as NodeJS.ErrnoException | undefined
    const why = inner?.code ?? inner?.message ?? (cause as Error).message
    throw new IsobathError('data', `${url} cannot be fetched (${why}): is the network up?`, { cause })
  }
  ensure(response.ok, 'data', `${url} cannot be fetched: the server says ${response.status} ${response.statusText}`)
  return response
}

/**
 * Fetches a published file into `folder`, under the name that its card gives, unless it is there already. A file that
 * ends early or has another hash is not kept. Returns its path, and whether anything had to be fetched.
 *
 * Errors: `data` where it cannot be fetched, or is not the file that was meant; `input` where the folder cannot be
 * written, or another file of that name is in it.
 */
export async function fetchPublished(
  { name, url, bytes, sha256 }: PublishedFile,
  folder: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<{ path: string; fetched: boolean }> {
  makeFolder(folder)
  const path = join(folder, name)
  if (existsSync(path)) {
    const same = (await hashOf(path)) === sha256
    ensure(same, 'input', `"${path}" is there and is another file than ${url}. Move it, or name another folder`)
    return { path, fetched: false }
  }
  const { body } = await ask(url)
  const hash = createHash('sha256')
  let done = 0
  async function* checked(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body ?? []) {
        done += chunk.length
        ensure(done <= bytes, 'data', `${url} is not the file that was meant: it is larger than ${bytes} bytes`)
        hash.update(chunk)
        onProgress(done, bytes)
        yield chunk
      }
    } catch (cause) {
      if (cause instanceof IsobathError) throw cause
      throw new IsobathError('data', `the download of ${url} broke off after ${done} of ${bytes} bytes. Try again`, {
        cause,
      })
    }
    ensure(done === bytes, 'data', `the download of ${url} broke off after ${done} of ${bytes} bytes. Try again`)
    const found = hash.digest('hex')
    ensure(
      found === sha256,
      'data',
      `${url} is not the file that was meant: its SHA-256 is ${found}, and ${sha256} was expected`,
    )
  }
  await writeChunks(path, checked())
  return { path, fetched: true }
}
