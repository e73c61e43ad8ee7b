// Models over the network: downloaded into one buffer, held against a hash, and stored for the next time.
import type { ExternalFile, ModelSource } from '../api.ts'
import { ensure, IsobathError } from '../runtime/error.ts'
import { externalFiles } from '../runtime/onnx/external.ts'
import { ArrivingFile, fileOnDisk } from './pieces.ts'
import { Sha256 } from './sha256.ts'
import { findFile, storeFile } from './store.ts'

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

/** A buffer that grows where the server told no size, or too small a one. */
class Growing {
  private bytes: Uint8Array
  length = 0

  constructor(expected: number | undefined) {
    this.bytes = new Uint8Array(expected ?? 1 << 20)
  }

  add(chunk: Uint8Array): void {
    if (this.length + chunk.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length + chunk.length, Math.ceil(this.bytes.length * 1.5)))
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    this.bytes.set(chunk, this.length)
    this.length += chunk.length
  }

  get view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }
}

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
  add(chunk: Uint8Array): void
  readonly length: number
}

/** Downloads the body into `sink`, and into the store, and holds it against its hash. */
async function receive(url: string, response: Response, sink: Sink, options: FileOptions): Promise<void> {
  const { sha256, signal, onProgress } = options
  const total = sizeOf(response)
  const hash = sha256 ? new Sha256() : undefined
  const writing = isKept(options) ? await storeFile(url, sha256) : undefined
  const reader = response.body!.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal?.throwIfAborted()
      if (done) break
      sink.add(value)
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

/** A whole file in memory. */
async function readFile(url: string, options: FileOptions): Promise<Uint8Array> {
  const file = await stored(url, options)
  const bytes = file && new Uint8Array(await file.arrayBuffer().catch(() => new ArrayBuffer(0)))
  if (bytes?.length) {
    options.onProgress?.({ url, done: bytes.length, total: bytes.length, cached: true })
    return bytes
  }
  const response = await ask(url, options.signal)
  const buffer = new Growing(sizeOf(response))
  await receive(url, response, buffer, options)
  return buffer.view
}

/**
 * A file of at least `least` bytes whose pieces are read from disk where it is stored; else it is there at once, and its
 * pieces as they arrive.
 */
async function openFile(url: string, least: number, options: FileOptions): Promise<ExternalFile> {
  const { signal, onProgress } = options
  const file = await stored(url, options)
  if (file) {
    onProgress?.({ url, done: file.size, total: file.size, cached: true })
    return fileOnDisk(url, file)
  }
  const response = await ask(url, signal)
  const size = sizeOf(response)
  // Another site does not tell that its answer is compressed, and then the size is none of the file's.
  if (size === undefined || size < least) {
    const buffer = new Growing(undefined)
    await receive(url, response, buffer, options)
    const bytes = buffer.view
    return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) }
  }
  const arriving = new ArrivingFile(url, size)
  arriving.follow(receive(url, response, arriving, options), () => stored(url, options))
  return arriving
}

/**
 * Fetches a model into one buffer; tensors are views of it. Files of external data may still be on their way when this
 * resolves: loading the model waits for each piece, so that weights go to the GPU as they arrive. `signal` and
 * `onProgress` go on until all is there.
 *
 * With a hash, or with `cache`, files are stored in this browser (`cachedModels` lists them). The next time nothing is
 * asked of the network, which may be down, and external data are read from disk piece by piece.
 *
 * Throws `data` where a file cannot be fetched or has another hash, `model` where it is none, and the signal's reason
 * where that was aborted; loading the model does so where that befell external data.
 */
export async function fetchModel(url: string | URL, options: FetchModelOptions = {}): Promise<ModelSource> {
  const { external: given = {}, cache, signal, onProgress } = options
  const address = new URL(url, globalThis.location?.href).href
  const hash = (text: string | undefined) => text?.toLowerCase()
  const bytes = await readFile(address, { ...options, sha256: hash(options.sha256) })
  const files = new Map<string, ExternalFile>()
  for (const [location, least] of externalFiles({ name: address, bytes })) {
    const { url: at = location, sha256 } = given[location] ?? {}
    const file = await openFile(new URL(at, address).href, least, { sha256: hash(sha256), cache, signal, onProgress })
    files.set(location, file)
  }
  const external = (location: string): ExternalFile => {
    const file = files.get(location)
    ensure(file, 'data', `${address} keeps data in "${location}", which was not fetched`)
    return file
  }
  return { name: address, bytes, external }
}
