// Which pooled buffer holds which value: whole buffers, shared by values whose lifetimes do not overlap.

/** A value that needs memory from the call that writes it to the last call that reads it, both included. */
export interface Lifetime {
  id: number
  bytes: number
  first: number
  last: number
}

export interface MemoryPlan {
  /** Bytes of each buffer. */
  buffers: number[]
  /** Value id to buffer. */
  bufferOf: Map<number, number>
  /** Sum of the buffers. */
  peak: number
  /** The most bytes alive at one call: no plan can need less. */
  lowerBound: number
}

/** Greedy by size: the largest value first, into the first buffer that is free for all of its lifetime. */
export function planMemory(values: readonly Lifetime[]): MemoryPlan {
  const buffers: { bytes: number; taken: Lifetime[] }[] = []
  const bufferOf = new Map<number, number>()
  const bySize = [...values].sort((a, b) => b.bytes - a.bytes || a.first - b.first)
  for (const v of bySize) {
    let best = buffers.findIndex((b) => b.taken.every((t) => t.last < v.first || t.first > v.last))
    if (best < 0) best = buffers.push({ bytes: v.bytes, taken: [] }) - 1
    buffers[best].taken.push(v)
    bufferOf.set(v.id, best)
  }
  const end = Math.max(-1, ...values.map((v) => v.last))
  const alive = new Float64Array(end + 2)
  for (const v of values) {
    alive[v.first] += v.bytes
    alive[v.last + 1] -= v.bytes
  }
  let now = 0
  let lowerBound = 0
  for (const delta of alive) lowerBound = Math.max(lowerBound, (now += delta))
  return {
    buffers: buffers.map((b) => b.bytes),
    bufferOf,
    peak: buffers.reduce((sum, b) => sum + b.bytes, 0),
    lowerBound,
  }
}
