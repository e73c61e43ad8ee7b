// Seeded numbers: value i of a tensor depends on its name and on i only, so any part of a tensor can be drawn alone.

/** FNV-1a of a name, as the seed of its numbers. */
export function seedOf(name) {
  let h = 0x811c9dc5
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193)
  return h | 0
}

/**
 * Fills `out` with the values `first`, `first + 1`, … of the sequence `seed`: even in mean ± √3 · deviation.
 * The generator is mulberry32, whose state is the seed plus a multiple of the index.
 */
export function draw(out, seed, first, mean, deviation) {
  const scale = (2 * Math.sqrt(3) * deviation) / 4294967296
  const low = mean - Math.sqrt(3) * deviation
  let s = (seed + Math.imul(first, 0x6d2b79f5)) | 0
  for (let i = 0; i < out.length; i++) {
    s = (s + 0x6d2b79f5) | 0
    let t = Math.imul(s ^ (s >>> 15), 1 | s)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    out[i] = low + scale * ((t ^ (t >>> 14)) >>> 0)
  }
  return out
}
