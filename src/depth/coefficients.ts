// Weights of separable filters that widen where a picture shrinks, computed once a size.
import type { ResampleRule } from '../models/card.ts'

/** Keys, "Cubic convolution interpolation for digital image processing", 1981. */
function keys(d: number, a: number): number {
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a
  return 0
}

const sinc = (v: number) => (v === 0 ? 1 : Math.sin(Math.PI * v) / (Math.PI * v))

interface Kernel {
  support: number
  at(distance: number): number
}

function kernelOf({ interpolation, cubic = -0.75 }: ResampleRule): Kernel {
  if (interpolation === 'bicubic') return { support: 2, at: (d) => keys(d, cubic) }
  if (interpolation === 'lanczos') return { support: 3, at: (d) => (d < 3 ? sinc(d) * sinc(d / 3) : 0) }
  return { support: 1, at: (d) => Math.max(0, 1 - d) }
}

/**
 * The weights of `count` new samples over [start, start + length) of `size` old ones. As in Pillow
 * (https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c): weights beyond the picture are left out
 * and the rest sums to 1. Without `antialias` the filter keeps its width. The table is: the length of a row, then the
 * rows, each the first sample's index, the number of weights, and room for the weights as bits of float32.
 */
export function coefficients(
  rule: ResampleRule,
  count: number,
  start: number,
  length: number,
  size: number,
): Uint32Array {
  const { support, at } = kernelOf(rule)
  const step = length / count
  const widen = rule.antialias ? Math.max(step, 1) : 1
  const stride = Math.ceil(support * widen) * 2 + 3
  const table = new Uint32Array(1 + count * stride)
  const weights = new Float32Array(table.buffer)
  table[0] = stride
  for (let i = 0; i < count; i++) {
    const center = start + (i + 0.5) * step
    const first = Math.max(Math.trunc(center - support * widen + 0.5), 0)
    const end = Math.min(Math.trunc(center + support * widen + 0.5), size)
    const row = Array.from({ length: end - first }, (_, k) => at(Math.abs(first + k - center + 0.5) / widen))
    const sum = row.reduce((a, b) => a + b, 0)
    table.set([first, end - first], 1 + i * stride)
    weights.set(
      row.map((w) => w / sum),
      1 + i * stride + 2,
    )
  }
  return table
}
