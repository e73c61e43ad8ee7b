// Inputs that decide shapes: their values, or the reason why there are none.
import { IsobathError } from '../../runtime/error.ts'
import type { Fact } from '../../runtime/op.ts'
import { fromNumbers, numbers, type Tensor } from '../../runtime/tensor.ts'

/** The values of an input that decides a shape; throws `unsupported` where they are computed by the network. */
export function known(fact: Fact | null | undefined, input: string): number[] {
  if (!fact?.value)
    throw new IsobathError(
      'unsupported',
      `its shape depends on computed data (input "${input}"): give the values it depends on as constants at load`,
    )
  return Array.from(numbers(fact.value))
}

/** {@link known} for an input that may be missing. */
export const knownIf = (fact: Fact | null | undefined, input: string): number[] | null =>
  fact ? known(fact, input) : null

/** The values of a tensor, if there is one. */
export const valuesIf = (t: Tensor | null | undefined): number[] | null => (t ? Array.from(numbers(t)) : null)

/** A list of integers as ONNX gives shapes and axes: int64, one axis. */
export const int64s = (values: readonly number[]): Tensor => fromNumbers('int64', [values.length], values)
