// Indices to positions on the host, for the twins of the operators that read and write through them.
import { ensure } from '../../runtime/error.ts'
import { stridesOf, type TypedArray } from '../../runtime/tensor.ts'

/** An index within `dim`; throws where it is beyond. */
export function wrap(index: number, dim: number): number {
  ensure(index >= -dim && index < dim, 'shape', `index ${index} is out of range for ${dim} elements`)
  return index < 0 ? index + dim : index
}

/** Copies runs of `length` elements: run k of the result is run `source(k)` of the data. */
export function copyRuns(data: TypedArray, to: TypedArray, length: number, source: (k: number) => number): TypedArray {
  const from = data as Float32Array
  const n = length ? to.length / length : 0
  for (let k = 0; k < n; k++) {
    const at = source(k) * length
    if (length === 1) (to as Float32Array)[k] = from[at]
    else (to as Float32Array).set(from.subarray(at, at + length), k * length)
  }
  return to
}

/** For GatherElements and ScatterElements: the element of `shape` that each index names. */
export function elementPositions(
  shape: readonly number[],
  of: readonly number[],
  indices: ArrayLike<number>,
  axis: number,
): Float64Array {
  const own = stridesOf(shape)
  const strides = stridesOf(of)
  return Float64Array.from(indices, (index, k) => {
    let at = wrap(index, shape[axis]) * own[axis]
    for (let i = 0, rest = k; i < of.length; i++) {
      const c = Math.floor(rest / strides[i])
      rest -= c * strides[i]
      if (i !== axis) at += c * own[i]
    }
    return at
  })
}

/** For GatherND and ScatterND: the run of `shape` that each tuple of `depth` indices names, counted in runs. */
export function tuplePositions(shape: readonly number[], indices: ArrayLike<number>, depth: number): Float64Array {
  const dims = shape.slice(0, depth)
  const strides = stridesOf(dims)
  const n = depth ? indices.length / depth : 1
  return Float64Array.from({ length: n }, (_, k) => {
    let at = 0
    for (let i = 0; i < depth; i++) at += wrap(indices[k * depth + i], dims[i]) * strides[i]
    return at
  })
}
