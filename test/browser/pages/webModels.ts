// Models over the network in a page, for test/browser/webModels.test.ts.
import { createEngine, type Engine, type ModelSource, type Tensor } from 'isobath'
import {
  cachedModels,
  clearCachedModels,
  type FetchModelOptions,
  type FetchProgress,
  fetchModel,
  readModel,
} from 'isobath/web'

let engine: Engine | undefined

/** Bytes of the largest buffer that was read of a Blob. */
let most = 0
const { arrayBuffer } = Blob.prototype
Blob.prototype.arrayBuffer = async function () {
  most = Math.max(most, this.size)
  return arrayBuffer.call(this)
}

const { createWritable } = FileSystemFileHandle.prototype
/** From now on nothing can be stored, or no more than a chunk. */
export function breakStore(how: 'at once' | 'later' | 'no more') {
  FileSystemFileHandle.prototype.createWritable = async function () {
    if (how === 'at once') throw new DOMException('full', 'QuotaExceededError')
    const stream = await createWritable.call(this)
    let writes = 0
    const { write } = stream
    if (how === 'later')
      stream.write = async (chunk) => {
        if (++writes > 1) throw new DOMException('full', 'QuotaExceededError')
        return write.call(stream, chunk)
      }
    return stream
  }
}

type Options = Pick<FetchModelOptions, 'sha256' | 'cache' | 'external'> & {
  /** Aborts after this many events of progress. */
  abortAfter?: number
}

export interface Fetched {
  error?: string
  bytes?: number
  /** Bytes of the buffer that the model's lie in. */
  buffer?: number
  /** Bytes of the largest buffer that was read of a file. */
  most?: number
  progress: FetchProgress[]
  outputs?: Record<string, Tensor>
}

async function run(model: ModelSource, feeds?: Record<string, Tensor>): Promise<Omit<Fetched, 'progress'>> {
  const result = { bytes: model.bytes.length, buffer: model.bytes.buffer.byteLength }
  if (!feeds) return result
  engine ??= await createEngine()
  const session = await engine.load(model)
  const outputs = await session.run(feeds)
  session.destroy()
  return { ...result, outputs, most }
}

const blobAt = async (url: string) => (await fetch(url)).blob()

/** Runs a model that is read from files as those that a user chooses; they come from these addresses. */
export async function read(url: string, beside: Record<string, string>, feeds: Record<string, Tensor>) {
  const file = new File([await blobAt(url)], url.replace(/.*\//, ''))
  const files = await Promise.all(Object.entries(beside).map(async ([name, at]) => [name, await blobAt(at)] as const))
  most = 0
  return run(await readModel(file, Object.fromEntries(files)), feeds)
}

/** Fetches a model and, with feeds, runs it. */
export async function get(url: string, options: Options = {}, feeds?: Record<string, Tensor>): Promise<Fetched> {
  const progress: FetchProgress[] = []
  const controller = new AbortController()
  most = 0
  const { abortAfter, ...given } = options
  try {
    const model = await fetchModel(url, {
      ...given,
      signal: controller.signal,
      onProgress: (p) => {
        progress.push(p)
        if (progress.length === abortAfter) controller.abort(new DOMException('enough', 'AbortError'))
      },
    })
    return { progress, ...(await run(model, feeds)) }
  } catch (e) {
    const { name, code, message } = e as Error & { code?: string }
    return { error: `${typeof code === 'string' ? code : name}: ${message}`, progress }
  }
}

export const list = cachedModels
export const clear = clearCachedModels

let loading: Promise<Record<string, Tensor> | string> | undefined

/** Begins to load a model whose external data are still to come; returns when the model itself is there. */
export async function begin(url: string, options: Options, feeds: Record<string, Tensor>): Promise<void> {
  const model = await fetchModel(url, options)
  const run = async () => {
    engine ??= await createEngine()
    const session = await engine.load(model)
    const outputs = await session.run(feeds)
    session.destroy()
    return outputs
  }
  loading = run().catch((e) => `${e.code}: ${e.message}`)
}

/** Whether that has come to an end. */
export const isLoading = async (): Promise<boolean> =>
  (await Promise.race([loading, new Promise((resolve) => setTimeout(resolve, 50, 'waits'))])) === 'waits'

/** What came of it. */
export const finish = async () => loading
