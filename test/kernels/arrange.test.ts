import { type LoweredCase, loweredCases, type Operand } from '../harness/lowered.ts'

const ints = (...values: number[]): Operand => ({ shape: [values.length], dtype: 'int64', values, constant: true })
const host = (c: Omit<LoweredCase, 'dtypes' | 'gpu'>): LoweredCase => ({ ...c, dtypes: ['float32'], gpu: false })

loweredCases('CenterCropPad', 'exact', [
  host({
    name: 'cut and padded',
    x: [{ shape: [7, 4, 5] }, ints(4, 9, 5)],
    attrs: { axes: null },
    becomes: 'Slice Pad',
  }),
  host({ name: 'odd rests on one axis', x: [{ shape: [3, 10] }, ints(7)], attrs: { axes: [-1] } }),
])
loweredCases('Compress', 'exact', [
  host({ name: 'an axis', x: [{ shape: [3, 4, 2] }, ints(0, 1, 1)], attrs: { axis: 1 } }),
  host({ name: 'all elements', x: [{ shape: [3, 2] }, ints(0, 1, 0, 0, 1)], attrs: { axis: null } }),
])
loweredCases('ReverseSequence', 'exact', [
  host({ name: 'time first', x: [{ shape: [4, 3, 2] }, ints(1, 3, 4)], attrs: { time: 0, batch: 1 } }),
  host({ name: 'batch first', x: [{ shape: [3, 4] }, ints(4, 2, 1)], attrs: { time: 1, batch: 0 } }),
])
loweredCases('AffineGrid', 'close', [
  host({ name: 'images', x: [{ shape: [2, 2, 3] }, ints(2, 3, 4, 5)], attrs: { corners: false } }),
  host({ name: 'volumes', x: [{ shape: [1, 3, 4] }, ints(1, 2, 2, 3, 4)], attrs: { corners: true } }),
])
