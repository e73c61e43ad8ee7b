// Model files that outlive the page, in the origin's private file system. A store that fails behaves as one that is
// empty: private windows and full disks only cost the download.

const FOLDER = 'isobath-models'

/** A stored file. */
export interface CachedModel {
  /** The address it came from. */
  url: string
  /** Of its content, in hexadecimal; known where the caller gave it. */
  sha256?: string
  bytes: number
  /** When it was stored, in milliseconds since 1970. */
  stored: number
}

const folder = async (create: boolean): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create })

/** A file's name: its content's hash where that is given, so that it serves other addresses too, else its address's. */
async function nameOf(url: string, sha256?: string): Promise<string> {
  if (sha256) return `sha256-${sha256}`
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(url))
  return `url-${Array.from(new Uint8Array(hash), (b) => b.toString(16).padStart(2, '0')).join('')}`
}

async function describe(directory: FileSystemDirectoryHandle, name: string): Promise<CachedModel | undefined> {
  try {
    const file = await (await directory.getFileHandle(`${name}.json`)).getFile()
    return JSON.parse(await file.text())
  } catch {
    return undefined
  }
}

/** The stored file, on disk; undefined where there is none. */
export async function findFile(url: string, sha256?: string): Promise<File | undefined> {
  try {
    const name = await nameOf(url, sha256)
    const directory = await folder(false)
    const known = await describe(directory, name)
    const file = await (await directory.getFileHandle(`${name}.bin`)).getFile()
    return known?.bytes === file.size ? file : undefined
  } catch {
    return undefined
  }
}

/** A file that is being stored; all of it counts once `commit` has resolved. */
export interface Writing {
  write(chunk: Uint8Array): Promise<void>
  commit(): Promise<void>
  abort(): Promise<void>
}

const ignore = () => {}

/** Begins to store a file; undefined where nothing can be stored. */
export async function storeFile(url: string, sha256?: string): Promise<Writing | undefined> {
  try {
    const name = await nameOf(url, sha256)
    const directory = await folder(true)
    const before = await findFile(url, sha256)
    const stream = await (await directory.getFileHandle(`${name}.bin`, { create: true })).createWritable()
    let bytes = 0
    let failed = false
    const abort = async () => {
      failed = true
      await stream.abort().catch(ignore)
    }
    return {
      abort,
      write: async (chunk) => {
        if (failed) return
        bytes += chunk.length
        await stream.write(chunk as Uint8Array<ArrayBuffer>).catch(abort)
      },
      commit: async () => {
        if (failed) return
        // What another page has stored meanwhile stays, since it may be reading it.
        if (!before && (await findFile(url, sha256))) return abort()
        try {
          await stream.close()
          const entry: CachedModel = { url, sha256, bytes, stored: Date.now() }
          const about = await (await directory.getFileHandle(`${name}.json`, { create: true })).createWritable()
          await about.write(JSON.stringify(entry))
          await about.close()
        } catch {
          await abort()
        }
      },
    }
  } catch {
    return undefined
  }
}

async function entries(): Promise<{ directory: FileSystemDirectoryHandle; name: string; entry?: CachedModel }[]> {
  try {
    const directory = await folder(false)
    const names: string[] = []
    for await (const name of directory.keys()) names.push(name)
    const stems = [...new Set(names.map((name) => name.replace(/\.\w+$/, '')))]
    return await Promise.all(stems.map(async (name) => ({ directory, name, entry: await describe(directory, name) })))
  } catch {
    return []
  }
}

/** The model files that are stored in this browser for this site. */
export async function cachedModels(): Promise<CachedModel[]> {
  return (await entries()).flatMap(({ entry }) => (entry ? [entry] : []))
}

/**
 * Removes the stored files of an address, or all of them, and what a broken download left. Large models that were read from
 * them are fetched anew before they are loaded again.
 */
export async function clearCachedModels(url?: string | URL): Promise<void> {
  const address = url === undefined ? undefined : new URL(url, globalThis.location?.href).href
  for (const { directory, name, entry } of await entries()) {
    if (address !== undefined && entry?.url !== address) continue
    for (const suffix of ['json', 'bin']) await directory.removeEntry(`${name}.${suffix}`).catch(ignore)
  }
}
