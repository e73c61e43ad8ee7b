// Where this machine keeps what was measured or fetched once: a folder of the user's, one file a key.
import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Cache } from '../runtime/cache.ts'
import { writeWhole } from './files/write.ts'

/** The folder: ISOBATH_CACHE where it is set, else the platform's own place for caches. */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.ISOBATH_CACHE) return env.ISOBATH_CACHE
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'isobath', 'Cache')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'isobath')
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'isobath')
}

/** Files in `folder`; a text is written with its key in the first line. A folder that cannot be written is no error. */
export function fileCache(folder: string = cacheFolder()): Cache {
  const pathOf = (key: string) => {
    const hash = createHash('sha256').update(key).digest('hex').slice(0, 16)
    return join(folder, `${/^\w+/.exec(key)?.[0] ?? 'text'}-${hash}.txt`)
  }
  return {
    get: async (key) => {
      try {
        const text = await readFile(pathOf(key), 'utf8')
        return text.startsWith(`${key}\n`) ? text.slice(key.length + 1) : undefined
      } catch {
        return undefined
      }
    },
    set: async (key, text) => {
      try {
        mkdirSync(folder, { recursive: true })
        await writeWhole(pathOf(key), new TextEncoder().encode(`${key}\n${text}`))
      } catch {
        // A read-only home: measured again next time.
      }
    },
  }
}
