// Models over the network in a page, for test/browser/webModels.test.ts.
import { createEngine, type Engine, type Tensor } from 'isobath'
import { cachedModels, clearCachedModels, type FetchModelOptions, type FetchProgress, fetchModel } from 'isobath/web'

let engine: Engine | undefined

type Options = Pick<FetchModelOptions, 'sha256' | 'cache' | 'external'> & {
  /** Aborts after this many events of progress. */
  abortAfter?: number
}

export interface Fetched {
  error?: string
  bytes?: number
  /** Bytes of the buffer that the model's lie in. */
  buffer?: number
  progress: FetchProgress[]
  outputs?: Record<string, Tensor>
}

/** Fetches a model and, with feeds, runs it. */
export async function get(url: string, options: Options = {}, feeds?: Record<string, Tensor>): Promise<Fetched> {
  const progress: FetchProgress[] = []
  const controller = new AbortController()
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
    const result = { bytes: model.bytes.length, buffer: model.bytes.buffer.byteLength, progress }
    if (!feeds) return result
    engine ??= await createEngine()
    const session = await engine.load(model)
    const outputs = await session.run(feeds)
    session.destroy()
    return { ...result, outputs }
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
