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

// The sine of r + h π for |r| <= π/2, without the sign that h gives: π in three parts (Cody and Waite), then the Taylor
// series to r^11, whose error is below 6e-8. WGSL's own sin and cos may be wrong by 2^-11.
fn reduced_sin(x: vec4<f32>, h: vec4<f32>) -> vec4<f32> {
  let r = ((x - h * 3.140625) - h * 9.67502593994140625e-4) - h * 1.509957990978376e-7;
  let s = r * r;
  let p = (((((-2.5052108e-8 * s + 2.7557319e-6) * s - 1.9841270e-4) * s + 8.3333333e-3) * s - 0.16666667) * s) + 1.0;
  return r * p;
}
fn parity(n: vec4<f32>) -> vec4<f32> { return 1.0 - 2.0 * abs(n - 2.0 * floor(n * 0.5)); }
fn sin4(x: vec4<f32>) -> vec4<f32> {
  let n = round(x * 0.31830988618);
  return parity(n) * reduced_sin(x, n);
}
fn cos4(x: vec4<f32>) -> vec4<f32> {
  let n = floor(x * 0.31830988618);
  return -parity(n) * reduced_sin(x, n + 0.5);
}

// log(1 + x) for 0 <= x <= 1, by the series of 2 atanh(x / (2 + x)): |relative error| < 1e-7.
fn log1p4(x: vec4<f32>) -> vec4<f32> {
  let z = x / (2.0 + x);
  let s = z * z;
  let p = (((((s * 0.07692308 + 0.09090909) * s + 0.11111111) * s + 0.14285714) * s + 0.2) * s + 0.33333333) * s + 1.0;
  return 2.0 * z * p;
}

// tanh: as hardware computes it, it overflows for large arguments and cancels for small ones.
fn tanh4(x: vec4<f32>) -> vec4<f32> {
  let s = x * x;
  let small = x * (((-0.053968254 * s + 0.13333333) * s - 0.33333333) * s + 1.0);
  return select(tanh(clamp(x, vec4<f32>(-15.0), vec4<f32>(15.0))), small, s < vec4<f32>(0.05));
}

// What remains of x / y, with the sign of x, also where y is infinite.
fn remainder4(x: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
  return select(x % y, x + (x - x), abs(y) > vec4<f32>(3.4028234e38));
}
// The same with the sign of y.
fn modulo4(x: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
  let r = remainder4(x, y);
  return select(r, r + y, (r != vec4<f32>()) & ((r < vec4<f32>()) != (y < vec4<f32>())));
}
