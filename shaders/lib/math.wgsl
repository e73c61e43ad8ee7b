// Functions that WGSL lacks, on four lanes.

// Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: |error| <= 1.5e-7.
fn erf4(x: vec4<f32>) -> vec4<f32> {
  let z = abs(x);
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let p = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1.0 - p * exp(-z * z));
}

// x^y for every x: a negative base needs a whole exponent.
fn power4(x: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
  let r = pow(abs(x), y);
  let whole = floor(y) == y;
  let odd = abs(y % vec4<f32>(2.0)) == vec4<f32>(1.0);
  let negative = select(sqrt(x), select(r, -r, odd), whole);
  return select(select(r, negative, x < vec4<f32>(0.0)), vec4<f32>(1.0), y == vec4<f32>(0.0));
}

// By the bits: compilers may assume that floats are never NaN.
fn is_nan4(x: vec4<f32>) -> vec4<bool> {
  return (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
}
