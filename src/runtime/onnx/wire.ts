// Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), read by tables of fields. Bytes stay
// views of the file; 64-bit integers become numbers, rounded beyond 2^53.

/** How a field is written: integers as varints, signed or not; floats of 4 and 8 bytes; bytes; text; or a message's name. */
type FieldType = 'int' | 'uint' | 'float' | 'double' | 'bytes' | 'string' | (string & {})

/** Number, name and type; `*` where it is repeated, `?` where it is one of several of which at most one is present. */
export type FieldRow = readonly [number: number, name: string, type: FieldType, how?: '*' | '?']

/** The fields of every message. */
export type Schema = Readonly<Record<string, readonly FieldRow[]>>

type Message = Record<string, unknown>

// How a value is written, in the last three bits of its tag.
export const VARINT = 0
export const FIXED64 = 1
export const DELIMITED = 2
export const FIXED32 = 5

const WIRE: Record<string, number> = { int: VARINT, uint: VARINT, float: FIXED32, double: FIXED64 }
const DEFAULTS: Record<string, unknown> = { int: 0, uint: 0, float: 0, double: 0, string: '', bytes: new Uint8Array() }

/** Messages within messages, as graphs in attributes; deeper ones are no models. */
export const DEEPEST = 100

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface MessageType {
  /** Field numbers to rows. */
  fields: Map<number, FieldRow>
  /** What absent fields read as: 0, '' and no bytes, an empty list, or null for messages and for one of several. */
  absent: Message
}

function typeOf(rows: readonly FieldRow[]): MessageType {
  const absent = ([, , type, how]: FieldRow) =>
    how === '*' ? Object.freeze([]) : how === '?' ? null : (DEFAULTS[type] ?? null)
  return {
    fields: new Map(rows.map((row) => [row[0], row])),
    absent: Object.fromEntries(rows.map((row) => [row[1], absent(row)])),
  }
}

class WireReader {
  private readonly view: DataView

  constructor(
    private readonly bytes: Uint8Array,
    private readonly messages: Readonly<Record<string, MessageType>>,
    private at = 0,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** The place behind `count` more bytes, which must lie before `end`. */
  private behind(count: number, end: number): number {
    if (count > end - this.at) throw new RangeError(`it ends at byte ${end}, within a value at byte ${this.at}`)
    return this.at + count
  }

  private varint(end: number, signed: boolean): number {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      this.behind(1, end)
      const byte = this.bytes[this.at++]
      if (shift < 28) low += (byte & 127) * 2 ** shift
      else if (shift === 28) {
        low += (byte & 15) * 2 ** 28
        high = (byte & 127) >>> 4
      } else high += (byte & 127) * 2 ** (shift - 32)
      if (byte < 128) {
        high %= 2 ** 32
        return (signed && high >= 2 ** 31 ? high - 2 ** 32 : high) * 2 ** 32 + low
      }
    }
    throw new RangeError(`the number before byte ${this.at} is longer than 64 bits`)
  }

  private number(type: FieldType, end: number): number {
    if (type === 'int' || type === 'uint') return this.varint(end, type === 'int')
    const start = this.at
    this.at = this.behind(type === 'float' ? 4 : 8, end)
    return type === 'float' ? this.view.getFloat32(start, true) : this.view.getFloat64(start, true)
  }

  private skip(wire: number, end: number): void {
    if (wire === VARINT) this.varint(end, false)
    else if (wire === FIXED64) this.at = this.behind(8, end)
    else if (wire === FIXED32) this.at = this.behind(4, end)
    else if (wire === DELIMITED) this.at = this.behind(this.varint(end, false), end)
    else throw new RangeError(`the value at byte ${this.at} has the unknown wire type ${wire}`)
  }

  private delimited(type: FieldType, before: unknown, end: number, depth: number): unknown {
    const start = this.at
    if (type === 'bytes' || type === 'string') {
      this.at = end
      const bytes = this.bytes.subarray(start, end)
      return type === 'bytes' ? bytes : text.decode(bytes)
    }
    return this.message(type, end, depth + 1, before as Message | undefined)
  }

  /** Reads a message that ends at `end`, into `message` where an earlier part of it is there already. */
  message(type: string, end: number, depth: number, message?: Message): Message {
    if (depth > DEEPEST) throw new RangeError(`messages lie more than ${DEEPEST} deep in each other`)
    const { fields, absent } = this.messages[type]
    message ??= Object.create(absent) as Message
    while (this.at < end) {
      const tag = this.varint(end, false)
      const wire = tag % 8
      const field = fields.get(Math.floor(tag / 8))
      const wanted = field && (WIRE[field[2]] ?? DELIMITED)
      const packed = field?.[3] === '*' && wire === DELIMITED && wanted !== DELIMITED
      if (!field || (wire !== wanted && !packed)) {
        this.skip(wire, end)
        continue
      }
      const [, name, of, how] = field
      const own = Object.hasOwn(message, name) ? message[name] : undefined
      const list = how === '*' ? ((own as unknown[]) ?? []) : undefined
      const stop = wire === DELIMITED ? this.behind(this.varint(end, false), end) : end
      if (packed) while (this.at < stop) list!.push(this.number(of, stop))
      else {
        const value =
          wire === DELIMITED ? this.delimited(of, list ? undefined : own, stop, depth) : this.number(of, end)
        if (list) list.push(value)
        else message[name] = value
      }
      if (list) message[name] = list
    }
    return message
  }
}

/** A decoder of one message type. It throws on what is cut short or malformed; unknown fields are passed over. */
export function decoder<T>(schema: Schema, type: string): { decode(bytes: Uint8Array): T } {
  const messages = Object.fromEntries(Object.entries(schema).map(([name, rows]) => [name, typeOf(rows)]))
  return { decode: (bytes) => new WireReader(bytes, messages).message(type, bytes.length, 0) as T }
}
