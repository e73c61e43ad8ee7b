// Small texts that outlive a process: what was measured once on an adapter. Memory, or IndexedDB where there is one.

/** A store of texts by key. A store that fails behaves as one that is empty: nothing depends on it. */
export interface Cache {
  get(key: string): Promise<string | undefined>
  set(key: string, text: string): Promise<void>
}

/** Keeps texts as long as the process lives. */
export function memoryCache(): Cache {
  const texts = new Map<string, string>()
  return {
    get: async (key) => texts.get(key),
    set: async (key, text) => {
      texts.set(key, text)
    },
  }
}

/** As much of IndexedDB as a store of texts needs; its types belong to the DOM. */
interface Request<T> {
  result: T
  onsuccess: (() => void) | null
  onerror: (() => void) | null
  onupgradeneeded?: (() => void) | null
}
interface Database {
  createObjectStore(name: string): unknown
  transaction(store: string, mode: 'readonly' | 'readwrite'): { objectStore(name: string): ObjectStore }
}
interface ObjectStore {
  get(key: string): Request<string | undefined>
  put(text: string, key: string): Request<unknown>
}
interface Factory {
  open(name: string, version: number): Request<Database>
}

const STORE = 'texts'

function settle<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('IndexedDB refuses'))
  })
}

function indexedDbCache(factory: Factory): Cache {
  let opened: Promise<Database> | undefined
  const open = () => {
    opened ??= (() => {
      const request = factory.open('isobath', 1)
      request.onupgradeneeded = () => request.result.createObjectStore(STORE)
      return settle(request)
    })()
    return opened
  }
  const store = async (mode: 'readonly' | 'readwrite') => (await open()).transaction(STORE, mode).objectStore(STORE)
  return {
    get: async (key) => {
      try {
        return await settle((await store('readonly')).get(key))
      } catch {
        return undefined
      }
    },
    set: async (key, text) => {
      try {
        await settle((await store('readwrite')).put(text, key))
      } catch {
        // A private window has no storage.
      }
    },
  }
}

/** IndexedDB in browsers, memory elsewhere. */
export function defaultCache(): Cache {
  const { indexedDB } = globalThis as { indexedDB?: Factory }
  return indexedDB ? indexedDbCache(indexedDB) : memoryCache()
}
