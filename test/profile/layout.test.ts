// The parts of the report that compute: places of the treemap, trees of paths.
import { describe, expect, it } from 'vitest'
import { familyOf } from '../../report/dom.js'
import { squarify, treeOf } from '../../report/treemap.js'
import { sampleProfile } from './sample.ts'

describe('treemap', () => {
  it('gives each value its share of the area, within the frame and without overlap', () => {
    const values = [60, 30, 20, 20, 8, 4, 1, 0]
    const boxes = squarify(values, 10, 20, 400, 250)
    const total = values.reduce((a, b) => a + b)
    boxes.forEach((b: any, i: number) => {
      expect(b.width * b.height).toBeCloseTo((values[i] / total) * 400 * 250, 6)
      expect(b.x).toBeGreaterThanOrEqual(10 - 1e-9)
      expect(b.y).toBeGreaterThanOrEqual(20 - 1e-9)
      expect(b.x + b.width).toBeLessThanOrEqual(410 + 1e-6)
      expect(b.y + b.height).toBeLessThanOrEqual(270 + 1e-6)
    })
    const overlap = (a: any, b: any) =>
      Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1e-6 &&
      Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 1e-6
    boxes.forEach((a: any, i: number) => {
      expect(boxes.some((b: any, j: number) => j > i && overlap(a, b))).toBe(false)
    })
  })
  it('keeps cells near to squares', () => {
    const boxes = squarify(new Array(12).fill(1), 0, 0, 400, 300)
    for (const { width, height } of boxes) expect(Math.max(width / height, height / width)).toBeLessThan(2)
  })
  it('survives times of zero', () => {
    expect(squarify([0, 0], 0, 0, 10, 10)).toHaveLength(2)
  })
  it('has the paths as a tree, single children joined', () => {
    const print = (n: any): any => (n.row ? n.name : { [n.name]: n.children.map(print) })
    expect(print(treeOf(sampleProfile().rows))).toEqual({
      '': [
        {
          m: [{ 'layer.0': ['fc MatMul+Add', 'norm LayerNormalization'] }, { 'layer.1/fc': ['MatMul+Add', 'MatMul'] }],
        },
        'head Conv',
      ],
    })
  })
})

describe('families', () => {
  it.each([
    ['MatMul+Softmax', 'product'],
    ['Conv+Relu', 'convolution'],
    ['FusedAttention', 'attention'],
    ['LayerNormalization', 'normalisation'],
    ['Transpose', 'movement'],
    ['Add+Mul', 'pointwise'],
  ])('%s: %s', (op, family) => expect(familyOf(op)).toBe(family))
})
