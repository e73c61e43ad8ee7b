// Models over the network: downloaded, held against a hash, and stored for the next time.
import type { ExternalFile, ModelSource } from '../api.ts'
import { ensure, IsobathError } from '../runtime/error.ts'
import { externalFiles } from '../runtime/onnx/external.ts'
import { IncomingModel, type ModelFile, openFile } from './file.ts'
import { ArrivingFile, fileOnDisk, Parts } from './pieces.ts'
import { Sha256 } from './sha256.ts'
import { findFile, storeFile, type Writing } from './store.ts'

export interface FetchProgress {
  /** The address of the file. */
  url: string
  /** Bytes that are here, and in all; the latter is unknown where the server does not tell. */
  done: number
  total?: number
  /** It comes from the browser's store. */
  cached: boolean
}

export interface FetchModelOptions {
  /** Of the model file, in hexadecimal. A file that has another is refused. */
  sha256?: string
  /** For each file beside the model, by the location that the model gives: its address and hash where they are not plain. */
  external?: Record<string, { url?: string | URL; sha256?: string }>
  /**
   * Whether files are stored in this browser and taken from there, without asking the server. True by default for files
   * whose hash is given, false for others; set it for an address whose content never changes.
   */
  cache?: boolean
  signal?: AbortSignal
  onProgress?(progress: FetchProgress): void
}

type FileOptions = Pick<FetchModelOptions, 'sha256' | 'cache' | 'signal' | 'onProgress'>

const reason = (cause: unknown) => (cause as Error)?.message || String(cause)

/** The size that the server tells; of a compressed answer it is another one. */
function sizeOf({ headers }: Response): number | undefined {
  const length = Number(headers.get('content-length') ?? Number.NaN)
  return Number.isSafeInteger(length) && length > 0 && !headers.get('content-encoding') ? length : undefined
}

async function ask(url: string, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { signal })
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    throw new IsobathError(
      'data',
      `${url} cannot be fetched (${reason(cause)}): the network is down, or the server does not allow this site (CORS)`,
      { cause },
    )
  }
  ensure(response.ok, 'data', `${url} cannot be fetched: the server says ${response.status} ${response.statusText}`)
  return response
}

/** Where a download goes. */
interface Sink {
  add(chunk: Uint8Array): void | Promise<void>
  readonly length: number
}

/** Downloads the body into `sink`, and into the store, and holds it against its hash. */
async function receive(
  url: string,
  response: Response,
  sink: Sink,
  options: FileOptions,
  writing: Writing | undefined,
): Promise<void> {
  const { sha256, signal, onProgress } = options
  const total = sizeOf(response)
  const hash = sha256 ? new Sha256() : undefined
  const reader = response.body!.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal?.throwIfAborted()
      if (done) break
      await sink.add(value)
      hash?.update(value)
      await writing?.write(value)
      onProgress?.({ url, done: sink.length, total, cached: false })
    }
    const found = hash?.digest()
    ensure(
      found === sha256,
      'data',
      `${url} is not the file that was meant: its SHA-256 is ${found}, and ${sha256} was expected. It is damaged, or has changed`,
    )
    await writing?.commit()
  } catch (cause) {
    await Promise.allSettled([writing?.abort(), reader.cancel()])
    if (cause instanceof IsobathError) throw cause
    if (signal?.aborted) throw signal.reason
    throw new IsobathError('data', `the download of ${url} broke off: ${reason(cause)}. Try again`, { cause })
  }
}

const isKept = ({ cache, sha256 }: FileOptions): boolean => cache ?? !!sha256

async function stored(url: string, options: FileOptions): Promise<File | undefined> {
  options.signal?.throwIfAborted()
  return isKept(options) ? findFile(url, options.sha256) : undefined
}

/** Begins to store a file, where that is wanted and possible. */
const beginStoring = async (url: string, options: FileOptions): Promise<Writing | undefined> =>
  isKept(options) ? storeFile(url, options.sha256) : undefined

/** What the store has of a model file; undefined where it cannot be read. */
async function openStored(url: string, options: FileOptions): Promise<ModelFile | undefined> {
  const file = await stored(url, options)
  if (!file) return undefined
  try {
    const model = await openFile(url, file)
    if (!model.bytes.length) return undefined
    options.onProgress?.({ url, done: file.size, total: file.size, cached: true })
    return model
  } catch (cause) {
    if (cause instanceof IsobathError) throw cause
    return undefined
  }
}

/** A model file, from the store or the network. */
async function openModel(url: string, options: FileOptions): Promise<ModelFile> {
  const known = await openStored(url, options)
  if (known) return known
  const response = await ask(url, options.signal)
  const writing = await beginStoring(url, options)
  const model = new IncomingModel(url, sizeOf(response), !writing)
  await receive(url, response, model, options, writing)
  // Where the disk was full, it is fetched again, and not stored.
  return model.finish(writing && (await stored(url, options))) ?? openModel(url, { ...options, cache: false })
}

/**
 * A data file of at least `least` bytes whose pieces are read from disk where it is stored; else it is there at once, and
 * its pieces as they arrive.
 */
async function openData(url: string, least: number, options: FileOptions): Promise<ExternalFile> {
  const { signal, onProgress } = options
  const file = await stored(url, options)
  if (file) {
    onProgress?.({ url, done: file.size, total: file.size, cached: true })
    return fileOnDisk(url, file)
  }
  const response = await ask(url, signal)
  const writing = await beginStoring(url, options)
  const size = sizeOf(response)
  // Another site does not tell that its answer is compressed, and then the size is none of the file's.
  if (size === undefined || size < least) {
    const parts = new Parts()
    await receive(url, response, parts, options, writing)
    return fileOnDisk(url, parts.blob)
  }
  const arriving = new ArrivingFile(url, size)
  arriving.follow(receive(url, response, arriving, options, writing), () => stored(url, options))
  return arriving
}

/**
 * Fetches a model. A file of up to 8 MiB is held in memory, in one buffer of which tensors are views. Of a larger one
 * `bytes` leaves out the values of large tensors: the file lies in the browser's store or, where it is not stored, in a Blob,
 * which browsers keep outside of JavaScript's memory; loading the model reads tensor by tensor from there. Files of external
 * data may still be on their way when this resolves: loading the model waits for each piece, so that their weights go to
 * the GPU as they arrive. `signal` and `onProgress` go on until all is there.
 *
 * With a hash, or with `cache`, files are stored in this browser (`cachedModels` lists them). The next time nothing is
 * asked of the network, which may be down.
 *
 * Throws `data` where a file cannot be fetched or has another hash, `model` where it is none, and the signal's reason
 * where that was aborted; loading the model does so where that befell external data.
 */
export async function fetchModel(url: string | URL, options: FetchModelOptions = {}): Promise<ModelSource> {
  const { external: given = {}, cache, signal, onProgress } = options
  const address = new URL(url, globalThis.location?.href).href
  const hash = (text: string | undefined) => text?.toLowerCase()
  const { bytes, file: own } = await openModel(address, { ...options, sha256: hash(options.sha256) })
  const files = new Map<string, ExternalFile>()
  if (own) files.set(address, own)
  for (const [location, least] of externalFiles({ name: address, bytes })) {
    if (files.has(location)) continue
    const { url: at = location, sha256 } = given[location] ?? {}
    const file = await openData(new URL(at, address).href, least, { sha256: hash(sha256), cache, signal, onProgress })
    files.set(location, file)
  }
  const external = (location: string): ExternalFile => {
    const file = files.get(location)
    ensure(file, 'data', `${address} keeps data in "${location}", which was not fetched`)
    return file
  }
  return { name: address, bytes, external }
}
