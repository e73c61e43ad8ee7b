// Moves of elements on the host: typed-array elements are copied as they are, so int64 and float16 stay exact.
import { allocate, type DType, sizeOf, stridesOf, type Tensor, type TypedArray } from '../../runtime/tensor.ts'

/** A walk over `shape` in row-major order: where each element comes from. `base` and `strides` count elements. */
export interface Walk {
  shape: readonly number[]
  strides: readonly number[]
  base: number
}

/** Calls `f` with the position of the first element of every row (a run along the last axis), in order. */
function eachRow(walk: Walk, f: (at: number) => void): void {
  const rank = walk.shape.length - 1
  const rows = sizeOf(walk.shape.slice(0, -1))
  const index = new Array<number>(Math.max(rank, 0)).fill(0)
  let at = walk.base
  for (let r = 0; r < rows; r++) {
    f(at)
    for (let axis = rank - 1; axis >= 0; axis--) {
      at += walk.strides[axis]
      if (++index[axis] < walk.shape[axis]) break
      at -= walk.strides[axis] * walk.shape[axis]
      index[axis] = 0
    }
  }
}

/** Copies the elements that a walk visits into new data. */
export function gatherWalk(data: TypedArray, dtype: DType, walk: Walk): TypedArray {
  const n = sizeOf(walk.shape)
  // The element type does not matter to a copy; int64's is bigint.
  const from = data as Float32Array
  const to = allocate(dtype, n) as Float32Array
  const cols = walk.shape.at(-1) ?? 1
  const step = walk.strides.at(-1) ?? 1
  if (n === 0) return to
  let out = 0
  eachRow(walk, (at) => {
    if (step === 1) to.set(from.subarray(at, at + cols), out)
    else for (let c = 0; c < cols; c++) to[out + c] = from[at + c * step]
    out += cols
  })
  return to
}

/** Copies `block` into `target`, whose data is row-major under `shape`, with its first element at `start`. */
export function placeBlock(
  target: TypedArray,
  shape: readonly number[],
  block: Tensor,
  start: readonly number[],
): void {
  if (sizeOf(block.shape) === 0) return
  const strides = stridesOf(shape)
  const base = start.reduce((sum, s, i) => sum + s * strides[i], 0)
  const to = target as Float32Array
  const from = block.data as Float32Array
  const cols = block.shape.at(-1) ?? 1
  let at = 0
  eachRow({ shape: block.shape, strides, base }, (row) => {
    to.set(from.subarray(at, at + cols), row)
    at += cols
  })
}

/** `n` copies of the one value that `value` holds. */
export function filled(value: Tensor, n: number): TypedArray {
  const data = allocate(value.dtype, n)
  ;(data as Float32Array).fill((value.data as Float32Array)[0])
  return data
}
