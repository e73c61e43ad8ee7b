// Files of external data of which not everything is in memory: those that are arriving, and those on disk.
import type { ExternalFile } from '../api.ts'
import { DataPending, IsobathError } from '../runtime/error.ts'

/** Bytes of disk read beyond what is asked for: tensors follow each other. */
const AHEAD = 4 << 20
/** Bytes of disk kept in memory at first. */
const KEEP = 64 << 20

interface Piece {
  start: number
  bytes: Uint8Array
}

const isIn = (offset: number, length: number, { start, bytes }: Piece): boolean =>
  start <= offset && offset + length <= start + bytes.length

/** Reads pieces of a file on disk: the first reading of one throws `DataPending`. */
export function fileOnDisk(name: string, file: Blob): ExternalFile {
  let pieces: Piece[] = []
  let most = KEEP
  const dropped = new Set<number>()
  const load = async (start: number, length: number) => {
    const end = Math.min(file.size, start + Math.max(length, AHEAD))
    let bytes: Uint8Array
    try {
      bytes = new Uint8Array(await file.slice(start, end).arrayBuffer())
    } catch (cause) {
      throw new IsobathError('data', `${name} can no longer be read from this browser's store. Fetch it again`, {
        cause,
      })
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

/** A file that is being downloaded into one buffer of its size. */
export class ArrivingFile implements ExternalFile {
  private bytes: Uint8Array | undefined
  length = 0
  private onDisk?: ExternalFile
  private failure?: { error: unknown }
  private settled = false
  private waiting: { end: number; go(): void }[] = []

  constructor(
    private readonly name: string,
    readonly size: number,
  ) {
    this.bytes = new Uint8Array(size)
  }

  add(chunk: Uint8Array): void {
    if (this.length + chunk.length > this.size)
      throw new IsobathError('data', `${this.name} is longer than the ${this.size} bytes that the server told`)
    this.bytes!.set(chunk, this.length)
    this.length += chunk.length
    this.wake()
  }

  /** Waits for the end of the download, and then reads from the store where the file is there. */
  follow(download: Promise<void>, find: () => Promise<Blob | undefined>): void {
    download
      .then(async () => {
        const file = await find().catch(() => undefined)
        if (file?.size !== this.size) return
        this.onDisk = fileOnDisk(this.name, file)
        this.bytes = undefined
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
    if (this.onDisk) return this.onDisk.read(offset, length)
    const end = offset + length
    if (this.has(end)) return this.bytes!.subarray(offset, end)
    const ready = new Promise<void>((go) => {
      this.waiting.push({ end, go })
    })
    throw new DataPending(`${this.name} is on its way`, ready)
  }
}
