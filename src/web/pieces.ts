// Files of which not everything is in memory: those that are arriving, and those on disk.
import type { ExternalFile } from '../api.ts'
import { DataPending, IsobathError } from '../runtime/error.ts'

/** Bytes of disk read beyond what is asked for: tensors follow each other. */
const AHEAD = 4 << 20
/** Bytes of disk kept in memory at first. */
const KEEP = 16 << 20
/** Bytes of what arrives that are gathered before they leave memory. */
const PART = 4 << 20

/** What pieces are read from. */
type Source = Pick<Blob, 'size' | 'slice'>

/** What arrives, as Blobs: browsers keep those outside of JavaScript's memory, much of them on disk. */
export class Parts {
  private blobs: Blob[] = []
  private chunks: Uint8Array<ArrayBuffer>[] = []
  private gathered = 0
  length = 0

  add(chunk: Uint8Array): void {
    this.chunks.push(chunk as Uint8Array<ArrayBuffer>)
    this.length += chunk.length
    this.gathered += chunk.length
    if (this.gathered >= PART) this.gather()
  }

  private gather(): void {
    if (this.gathered) this.blobs.push(new Blob(this.chunks))
    this.chunks = []
    this.gathered = 0
  }

  /** All that has arrived. */
  get blob(): Blob {
    this.gather()
    return new Blob(this.blobs)
  }
}

interface Piece {
  start: number
  bytes: Uint8Array
}

const isIn = (offset: number, length: number, { start, bytes }: Piece): boolean =>
  start <= offset && offset + length <= start + bytes.length

/** Reads pieces of a file on disk: the first reading of one throws `DataPending`. */
export function fileOnDisk(name: string, file: Source): ExternalFile {
  let pieces: Piece[] = []
  let most = KEEP
  const dropped = new Set<number>()
  const load = async (start: number, length: number) => {
    const end = Math.min(file.size, start + Math.max(length, AHEAD))
    let bytes: Uint8Array
    try {
      bytes = new Uint8Array(await file.slice(start, end).arrayBuffer())
    } catch (cause) {
      throw new IsobathError(
        'data',
        `${name} can no longer be read: it has changed, or is gone. Fetch or open it again`,
        {
          cause,
        },
      )
    }
    // What is read again was needed together with others: they must fit side by side.
    if (dropped.delete(start)) most *= 2
    pieces.push({ start, bytes })
    let held = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0)
    while (held > most && pieces.length > 1) {
      const [first, ...others] = pieces
      held -= first.bytes.length
      dropped.add(first.start)
      pieces = others
    }
  }
  return {
    size: file.size,
    read: (offset, length) => {
      const piece = pieces.find((p) => isIn(offset, length, p))
      if (!piece) throw new DataPending(`${name} is being read`, load(offset, length))
      return piece.bytes.subarray(offset - piece.start, offset - piece.start + length)
    },
  }
}

/** A file that is being downloaded, of which what is there can be read. */
export class ArrivingFile implements ExternalFile {
  private readonly parts = new Parts()
  private pieces: ExternalFile
  private failure?: { error: unknown }
  private settled = false
  private waiting: { end: number; go(): void }[] = []

  constructor(
    private readonly name: string,
    readonly size: number,
  ) {
    const { parts } = this
    this.pieces = fileOnDisk(name, {
      get size() {
        return parts.length
      },
      slice: (start, end) => parts.blob.slice(start, end),
    })
  }

  get length(): number {
    return this.parts.length
  }

  add(chunk: Uint8Array): void {
    if (this.length + chunk.length > this.size)
      throw new IsobathError('data', `${this.name} is longer than the ${this.size} bytes that the server told`)
    this.parts.add(chunk)
    this.wake()
  }

  /** Waits for the end of the download, and then reads from the store where the file is there. */
  follow(download: Promise<void>, find: () => Promise<Blob | undefined>): void {
    download
      .then(async () => {
        const file = await find().catch(() => undefined)
        if (file?.size === this.size) this.pieces = fileOnDisk(this.name, file)
      })
      .catch((error) => {
        this.failure = { error }
      })
      .then(() => {
        this.settled = true
        this.wake()
      })
  }

  /** The file's last piece counts when its hash has been seen to be right. */
  private has(end: number): boolean {
    return this.settled || (end <= this.length && end < this.size)
  }

  private wake(): void {
    const ready = this.waiting.filter(({ end }) => this.has(end))
    this.waiting = this.waiting.filter((w) => !ready.includes(w))
    for (const { go } of ready) go()
  }

  read(offset: number, length: number): Uint8Array {
    if (this.failure) throw this.failure.error
    if (this.has(offset + length)) return this.pieces.read(offset, length)
    const ready = new Promise<void>((go) => {
      this.waiting.push({ end: offset + length, go })
    })
    throw new DataPending(`${this.name} is on its way`, ready)
  }
}
