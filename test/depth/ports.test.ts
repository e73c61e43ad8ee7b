// Which input takes the picture, and which output is the depth.
import { describe, expect, it } from 'vitest'
import { fixedSize, picturePort, resultPort, shapeAt } from '../../src/depth/ports.ts'

const dtype = 'float32'
const size = { width: 28, height: 20 }
const port = (...shape: (number | string)[]) => picturePort([{ name: 'x', dtype, shape }])
const out = (...shape: number[]) => ({ name: shape.join('x'), dtype, shape }) as const

describe('ports', () => {
  it('reads the layout of the input', () => {
    expect(shapeAt(port(1, 3, 20, 28), size)).toEqual([1, 3, 20, 28])
    expect(shapeAt(port('n', 3, 'h', 'w'), size)).toEqual([1, 3, 20, 28])
    expect(shapeAt(port('n', 'c', 'h', 'w'), size)).toEqual([1, 3, 20, 28])
    expect(shapeAt(port(1, 1, 3, 'h', 'w'), size)).toEqual([1, 1, 3, 20, 28])
    expect(shapeAt(port('n', 'h', 'w', 3), size)).toEqual([1, 20, 28, 3])
    expect(shapeAt(port('h', 'w', 3), size)).toEqual([20, 28, 3])
    expect(fixedSize(port(1, 20, 'w', 3))).toEqual({ height: 20, width: undefined })
    expect(() => port(2, 3, 8, 8)).toThrow('is no RGB picture')
    expect(() => port(8, 8)).toThrow('is no picture of floats')
    expect(() => picturePort([])).toThrow('the model has 0 inputs')
  })

  it('picks the depth among the outputs', () => {
    const pick = (shapes: number[][], name?: string) =>
      resultPort(
        shapes.map((s) => out(...s)),
        true,
        name,
      ).name
    expect(
      pick([
        [1, 1, 5, 7],
        [1, 1, 20, 28],
        [1, 20, 28],
      ]),
    ).toBe('1x1x20x28')
    expect(
      pick([
        [1, 64],
        [20, 28],
      ]),
    ).toBe('20x28')
    expect(
      pick(
        [
          [1, 1, 5, 7],
          [1, 1, 20, 28],
        ],
        '1x1x5x7',
      ),
    ).toBe('1x1x5x7')
    expect(resultPort([out(1, 20, 28, 1)], true)).toMatchObject({ ...size, stride: 1 })
    expect(resultPort([out(1, 20, 28, 2)], false)).toMatchObject({ ...size, stride: 2 })
    expect(resultPort([out(1, 2, 20, 28)], true)).toMatchObject({ ...size, stride: 1 })
    expect(() => resultPort([out(1, 1000)], true)).toThrow(
      'none of the outputs "1x1000" (float32 [1, 1000]) is a picture',
    )
  })
})
