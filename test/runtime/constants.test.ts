// Constants that are made when they are read, and the twins of the pointwise operators that make most of them.
import { describe, expect, test } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { fromNumbers, lazy, numbers, sizeOf, stridesOf, type Tensor } from '../../src/runtime/tensor.ts'

const LARGE = 5000

/** A large constant that counts how often it is made. */
function counted(n: number) {
  const made = { times: 0 }
  const value = lazy('float32', [n], () => {
    made.times++
    return Float32Array.from({ length: n }, (_, i) => i)
  })
  return { made, value }
}

describe('lazy constants', () => {
  test('one that others need is made once a read', () => {
    const { made, value } = counted(LARGE)
    const twice = lazy('float32', [LARGE], () => (value.data as Float32Array).map((v) => 2 * v))
    const sum = lazy('float32', [LARGE], () => {
      const [a, b] = [value.data, twice.data] as Float32Array[]
      return a.map((v, i) => v + b[i])
    })
    expect(sum.data[LARGE - 1]).toBe(3 * (LARGE - 1))
    expect(made.times).toBe(1)
    expect(sum.data[7]).toBe(21)
    expect(made.times).toBe(2)
  })

  test('a read that fails leaves nothing behind', () => {
    const { made, value } = counted(LARGE)
    const broken = lazy('float32', [LARGE], () => {
      if (value.data.length) throw new Error('not there yet')
      return new Float32Array(LARGE)
    })
    expect(() => broken.data).toThrow('not there yet')
    expect(value.data[1]).toBe(1)
    expect(made.times).toBe(2)
  })
})

/** The element of `t` that broadcasting puts at a position of the result. */
function elementAt(t: Tensor, position: readonly number[]): number {
  const skip = position.length - t.shape.length
  const at = stridesOf(t.shape).reduce((sum, s, i) => sum + (t.shape[i] === 1 ? 0 : s * position[skip + i]), 0)
  return numbers(t)[at]
}

const ramp = (shape: readonly number[], from: number): Tensor =>
  fromNumbers(
    'float32',
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => from + i * 0.5),
  )

describe('broadcasting in the twins', () => {
  const formulas: [string, (...x: number[]) => number][] = [
    ['Add', (a, b) => a + b],
    ['Sub', (a, b) => a - b],
    ['Mul', (a, b) => a * b],
    ['Div', (a, b) => a / b],
    ['Less', (a, b) => (a < b ? 1 : 0)],
  ]
  const shapes: number[][][] = [
    [[2, 3, 4], [4]],
    [[4], [2, 3, 4]],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [2, 1, 4],
      [1, 3, 1],
    ],
    [
      [3, 1, 5, 1],
      [2, 1, 4],
    ],
    [
      [2, 3, 4, 5],
      [2, 1, 1, 5],
    ],
    [[1, 1], [1]],
    [[0, 3], [3]],
  ]
  test.each(shapes)('%o and %o', (first, second) => {
    const [a, b] = [ramp(first, 1), ramp(second, 3)]
    for (const [name, formula] of formulas) {
      const op = operators.get(name)!
      const [{ shape }] = op.infer([a, b], {})
      const [y] = op.cpu([a, b], {})
      expect(y.shape).toEqual(shape)
      const strides = stridesOf(shape)
      const expected = Array.from({ length: sizeOf(shape) }, (_, i) => {
        const position = shape.map((d, axis) => Math.floor(i / strides[axis]) % d)
        return Math.fround(formula(elementAt(a, position), elementAt(b, position)))
      })
      expect(Array.from(numbers(y)), name).toEqual(expected)
    }
  })

  test('three operands, one of them missing', () => {
    const x = ramp([2, 3], -1)
    const [low, high] = [ramp([], 0), ramp([3], 0.25)]
    const clip = operators.get('Clip')!
    expect(Array.from(numbers(clip.cpu([x, null, high], {})[0]))).toEqual([-1, -0.5, 0, 0.25, 0.75, 1.25])
    expect(Array.from(numbers(clip.cpu([x, low, high], {})[0]))).toEqual([0, 0, 0, 0.25, 0.75, 1.25])
  })
})
