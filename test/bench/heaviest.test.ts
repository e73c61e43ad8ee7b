// The table of the heaviest shapes over several profiles.
import { expect, test } from 'vitest'
import { heaviestTable, sizesOf } from '../../bench/heaviest.mjs'

const line = (shader: string, holes: string, median: number, flops: number, bytes: number) => ({
  ...{ shader, holes, median, flops, bytes },
  node: `/${shader}`,
  groups: [1, 1, 1],
})
const about = { adapter: { description: 'a card' }, precision: 'f32', roof: { bandwidth: 1e9, f32: 10e9 } }

test('sizes of a product are M × N × K, of others what they have', () => {
  expect(sizesOf('BATCH=1 M=166 N=1536 K=384 out=vec4<f32> write()')).toBe('166 × 1536 × 384')
  expect(sizesOf('ROWS=4 COLS=8 x_elem=vec4<f32>')).toBe('ROWS 4, COLS 8')
})

test('shapes of several profiles in the order of their time, each with its model', () => {
  const product = 'M=8 N=4 K=2'
  const profiles = [
    { ...about, model: 'a.onnx', rows: [line('matmul', product, 1000, 5e6, 1000), line('copy', 'N=9', 500, 0, 1e5)] },
    {
      ...about,
      model: 'b.onnx',
      rows: [line('matmul', product, 1500, 6e6, 1e7), line('matmul', product, 1500, 6e6, 1e7)],
    },
  ]
  const text = heaviestTable(profiles, 2)
  // 6 Mflop in 1.5 ms are 4 GFLOP/s; 0.6 flop a byte at 1 GB/s are 0.6, which moves 10 MB in 10 ms.
  expect(text.split('\n')).toEqual([
    'a card, 1.0 GB/s and 10.0 GFLOP/s in float32:',
    '',
    '| model | kernel | sizes | calls | ms in all | share | GFLOP/s | roof | of it |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    '| b | matmul | 8 × 4 × 2 | 2 | 3.0 | 66.7 % | 4.0 | 0.6 | 667 % |',
    '| a | matmul | 8 × 4 × 2 | 1 | 1.0 | 22.2 % | 5.0 | 10.0 | 50 % |',
  ])
})
