import { loweredCases, type Operand } from '../harness/lowered.ts'

const cache = (...shape: number[]): Operand => ({ shape })
const ids: Operand = { shape: [2, 3], dtype: 'int64', values: [4, 0, 5, 2, 2, 1] }
const whole = { interleaved: false, rotary: 0, heads: 0 }
const x = { shape: [2, 4, 3, 8] }

loweredCases('RotaryEmbedding', 'close', [
  { name: 'halves, caches of the tokens', x: [x, cache(2, 3, 4), cache(2, 3, 4)], attrs: whole },
  {
    name: 'halves of a part, constant caches',
    x: [x, { ...cache(6, 2), constant: true }, { ...cache(6, 2), constant: true }, ids],
    attrs: { ...whole, rotary: 4 },
  },
  { name: 'interleaved', x: [x, cache(6, 4), cache(6, 4), ids], attrs: { ...whole, interleaved: true } },
  {
    name: 'interleaved, heads side by side, of a part',
    x: [{ shape: [2, 3, 30] }, cache(6, 2), cache(6, 2), ids],
    attrs: { interleaved: true, rotary: 4, heads: 5 },
    dtypes: ['float32'],
  },
  {
    name: 'constant caches and positions fold',
    x: [x, { ...cache(6, 4), constant: true }, { ...cache(6, 4), constant: true }, { ...ids, constant: true }],
    attrs: whole,
    becomes: 'Gather Mul Mul+Add',
    dtypes: ['float32'],
  },
])
