import { kernelCases } from '../harness/kernel.ts'

kernelCases('LRN', 'close', [
  { x: [{ shape: [1, 3, 2, 7] }], attrs: { size: 4, alpha: 0.1, beta: 0.75, bias: 1, channelsLast: true } },
])
