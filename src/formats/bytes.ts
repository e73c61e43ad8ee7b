// What the formats share: zlib streams, parts put together, text, and the error that names a file.
import { IsobathError } from '../runtime/error.ts'

async function pass(bytes: Uint8Array, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const through = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream)
  return new Uint8Array(await new Response(through).arrayBuffer())
}

/** Compresses to a zlib stream (RFC 1950). */
export const deflate = (bytes: Uint8Array): Promise<Uint8Array> => pass(bytes, new CompressionStream('deflate'))

/** Expands a zlib stream, or with `raw` bare DEFLATE (RFC 1951). Rejects where the data is cut short or corrupt. */
export const inflate = (bytes: Uint8Array, raw = false): Promise<Uint8Array> =>
  pass(bytes, new DecompressionStream(raw ? 'deflate-raw' : 'deflate'))

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    out.set(p, at)
    at += p.length
  }
  return out
}

/** One byte a character; what Latin-1 does not have becomes `?`. */
export const latin1 = (text: string): Uint8Array =>
  Uint8Array.from(text, (c) => (c.charCodeAt(0) < 256 ? c.charCodeAt(0) : 63))

export const fromLatin1 = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Throws an `input` error that names the file. */
export function unusable(name: string, why: string, cause?: unknown): never {
  throw new IsobathError('input', `"${name}" cannot be used: ${why}`, { cause })
}
