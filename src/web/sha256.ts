// SHA-256 (FIPS 180-4) of bytes as they arrive: `crypto.subtle` wants them all at once, in a copy.

const primes = (count: number): number[] => {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p)) found.push(n)
  return found
}
const fraction = (v: number): number => ((v - Math.floor(v)) * 2 ** 32) | 0

const K = Int32Array.from(primes(64), (p) => fraction(Math.cbrt(p)))
const START = primes(8).map((p) => fraction(Math.sqrt(p)))

const rotate = (x: number, n: number): number => (x >>> n) | (x << (32 - n))

export class Sha256 {
  private readonly state = Int32Array.from(START)
  private readonly words = new Int32Array(64)
  private readonly rest = new Uint8Array(64)
  private length = 0

  update(bytes: Uint8Array): void {
    let at = 0
    const held = this.length % 64
    this.length += bytes.length
    if (held) {
      at = Math.min(64 - held, bytes.length)
      this.rest.set(bytes.subarray(0, at), held)
      if (held + at < 64) return
      this.block(this.rest, 0)
    }
    for (; at + 64 <= bytes.length; at += 64) this.block(bytes, at)
    this.rest.set(bytes.subarray(at))
  }

  /** The digest in 64 hexadecimal digits; nothing may be added afterwards. */
  digest(): string {
    const bits = this.length * 8
    const tail = new Uint8Array((this.length % 64 < 56 ? 64 : 128) - (this.length % 64))
    tail[0] = 0x80
    const view = new DataView(tail.buffer)
    view.setUint32(tail.length - 8, Math.floor(bits / 2 ** 32))
    view.setUint32(tail.length - 4, bits >>> 0)
    this.update(tail)
    return Array.from(this.state, (v) => (v >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private block(bytes: Uint8Array, start: number): void {
    const { state, words: w } = this
    for (let i = 0, at = start; i < 16; i++, at += 4)
      w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
    for (let i = 16; i < 64; i++) {
      const [a, b] = [w[i - 15], w[i - 2]]
      const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)
      const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10)
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h
  }
}
