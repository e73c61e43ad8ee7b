// Rounding as WGSL and ONNX do it: to the nearest whole number, halves to the even one.

export function roundEven(v: number): number {
  const r = Math.round(v)
  return r - v === 0.5 && r % 2 !== 0 ? r - 1 : r
}
