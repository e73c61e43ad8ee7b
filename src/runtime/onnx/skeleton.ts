// The skeleton of a model file: all of it but the values of large tensors, which become external data that lie in the file
// itself. It is read as the file comes, a chunk at a time, so that the file is never in memory as a whole. Fields may come
// in any order; values written as varints (int32_data, int64_data) are kept.
import { schema } from './schema.gen.ts'
import { DEEPEST, DELIMITED, FIXED32, FIXED64, VARINT } from './wire.ts'

/** Bytes up to which a field is kept as it is, whatever lies in it. */
const SMALL = 4096

/** Size of an element where a field of packed numbers holds the same bytes as `rawData`, by ONNX's element type. */
const SAME_BYTES: Record<string, { dataType: number; size: number }> = {
  floatData: { dataType: 1, size: 4 },
  doubleData: { dataType: 11, size: 8 },
}

/** Numbers of Tensor's fields. */
const EXTERNAL_DATA = 13
const DATA_LOCATION = 14

/** What is known so far of a tensor that is being read. */
interface Seen {
  dataType: number
  dataLocation: number
  elements: number
  /** Where its values lie in the file, if they were passed over. */
  values?: { offset: number; length: number }
}

/** A length in five bytes whatever it is, so that it can be filled in later. */
const lengthBytes = (n: number): number[] =>
  [0, 7, 14, 21, 28].map((shift, i) => (Math.floor(n / 2 ** shift) & 127) | (i < 4 ? 128 : 0))

const delimited = (field: number, bytes: ArrayLike<number>): number[] => [
  field * 8 + DELIMITED,
  ...lengthBytes(bytes.length),
  ...Array.from(bytes),
]

const text = new TextEncoder()

/** Reads a model file that is pushed chunk by chunk; throws a RangeError where it is malformed or cut short. */
export class SkeletonReader {
  private chunk: Uint8Array = new Uint8Array()
  private next = 0
  /** The place of `chunk[next]` in the file. */
  private at = 0
  private ahead = 0
  private ended = false
  private out = new Uint8Array(1 << 16)
  private length = 0
  private readonly work: Generator<void, void>

  /** `location`: the name that the tensors give the file. */
  constructor(private readonly location: string) {
    this.work = this.message('Model', Number.POSITIVE_INFINITY, 0)
  }

  /** The next bytes of the file. They are not kept. */
  push(chunk: Uint8Array): void {
    this.chunk = chunk
    this.next = 0
    this.work.next()
  }

  /** Passes over bytes that are not needed, at most so many, instead of their being pushed; returns how many. */
  skip(most: number): number {
    const count = Math.min(this.ahead, most)
    this.ahead -= count
    this.at += count
    return count
  }

  /** The skeleton, when the whole file has been pushed. */
  finish(): Uint8Array {
    this.ended = true
    this.push(new Uint8Array())
    return this.out.slice(0, this.length)
  }

  private behind(count: number, end: number): void {
    if (count > end - this.at) throw new RangeError(`a message ends at byte ${end}, within a value at byte ${this.at}`)
  }

  /** Waits for a byte; false at the end of the file. */
  private *isMore(): Generator<void, boolean> {
    for (;;) {
      this.next += this.skip(this.chunk.length - this.next)
      if (this.next < this.chunk.length) return true
      if (this.ended) return false
      yield
    }
  }

  private *must(): Generator<void> {
    if (!(yield* this.isMore())) throw new RangeError(`it ends at byte ${this.at}, within a value`)
  }

  private write(bytes: ArrayLike<number>): void {
    if (this.length + bytes.length > this.out.length) {
      const larger = new Uint8Array(2 * (this.length + bytes.length))
      larger.set(this.out.subarray(0, this.length))
      this.out = larger
    }
    this.out.set(bytes, this.length)
    this.length += bytes.length
  }

  private *copy(count: number, end: number): Generator<void> {
    this.behind(count, end)
    for (let left = count; left > 0; ) {
      yield* this.must()
      const part = this.chunk.subarray(this.next, this.next + left)
      this.write(part)
      this.next += part.length
      this.at += part.length
      left -= part.length
    }
  }

  private *passOver(count: number): Generator<void> {
    this.ahead = count
    yield* this.isMore()
    if (this.ahead) throw new RangeError(`it ends at byte ${this.at}, within a value`)
  }

  /** Copies a number and tells it, rounded beyond 2^53. */
  private *varint(end: number): Generator<void, number> {
    let value = 0
    for (let i = 0; i < 10; i++) {
      yield* this.copy(1, end)
      const byte = this.out[this.length - 1]
      value += (byte & 127) * 128 ** i
      if (byte < 128) return value
    }
    throw new RangeError(`the number before byte ${this.at} is longer than 64 bits`)
  }

  private *message(type: string, end: number, depth: number): Generator<void> {
    if (depth > DEEPEST) throw new RangeError(`messages lie more than ${DEEPEST} deep in each other`)
    const seen: Seen = { dataType: 0, dataLocation: 0, elements: 1 }
    while (this.at < end && (depth > 0 || (yield* this.isMore()))) {
      const start = this.length
      const tag = yield* this.varint(end)
      const [, name, of] = schema[type].find(([number]) => number === Math.floor(tag / 8)) ?? []
      const wire = tag % 8
      if (wire === VARINT) {
        const value = yield* this.varint(end)
        if (name === 'dims') seen.elements *= value
        else if (name === 'dataType' || name === 'dataLocation') seen[name] = value
      } else if (wire === FIXED64) yield* this.copy(8, end)
      else if (wire === FIXED32) yield* this.copy(4, end)
      else if (wire === DELIMITED) yield* this.delimited(type, name, of, start, end, depth, seen)
      else throw new RangeError(`the value at byte ${this.at} has the unknown wire type ${wire}`)
    }
    // A tensor that is external already has its values there, whatever else it holds.
    if (!seen.values || seen.dataLocation === 1) return
    const entries = Object.entries({ location: this.location, ...seen.values })
    for (const [key, value] of entries) {
      const entry = [...delimited(1, text.encode(key)), ...delimited(2, text.encode(String(value)))]
      this.write(delimited(EXTERNAL_DATA, entry))
    }
    this.write([DATA_LOCATION * 8, 1])
  }

  /** A field with a length, whose tag begins at `start` of what is written. */
  private *delimited(
    type: string,
    name: string | undefined,
    of: string | undefined,
    start: number,
    end: number,
    depth: number,
    seen: Seen,
  ): Generator<void> {
    const mark = this.length
    const size = yield* this.varint(end)
    this.behind(size, end)
    const same = SAME_BYTES[name ?? '']
    const isWhole = same?.dataType === seen.dataType && same.size * seen.elements === size
    const hasValues = type === 'Tensor' && (name === 'rawData' || isWhole)
    // Of a value that is there twice the last one counts.
    if (hasValues && size) seen.values = undefined
    if (size <= SMALL) yield* this.copy(size, end)
    else if (of && schema[of]) {
      this.length = mark
      this.write(lengthBytes(0))
      const body = this.length
      yield* this.message(of, this.at + size, depth + 1)
      this.out.set(lengthBytes(this.length - body), mark)
    } else if (of && !hasValues) yield* this.copy(size, end)
    else {
      // What the reader does not know is left out, too.
      this.length = start
      if (hasValues) seen.values = { offset: this.at, length: size }
      yield* this.passOver(size)
    }
  }
}
