// Sums of the error terms between predicted depth d and true depth g: each invocation strides over the pixels and leaves
//   n, Σ|d - g| / g, Σ(d - g)² / g, Σ(d - g)², mean of e, Σ(e - mean)², Σ|e|, and how many are within 1.25, 1.25², 1.25³
// with e = ln d - ln g. The host joins them in float64. Mean and squares are kept together (Welford), since the variance
// of e may be far below its mean square.
#import float_key
#import depth_terms

override RECIPROCAL: bool;   // x is disparity: d = 1 / v, else d = v, where v = scale · (x - centre) + level
override WG: u32 = 64;

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> g: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

// ln(a / b) to a few units in the last place, where log(a) - log(b) loses what they have in common:
// 2 atanh((m - 1) / (m + 1)) + k ln 2 for a / b = m · 2^k, m from √½ to √2.
fn log_ratio(a: f32, b: f32) -> f32 {
  let parts = frexp(a / b);
  let low = parts.fract < 0.70710678;
  let m = select(parts.fract, 2.0 * parts.fract, low);
  let k = f32(parts.exp - select(0, 1, low));
  let s = (m - 1.0) / (m + 1.0);
  let q = s * s;
  return k * 0.69314718 + 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0)))));
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  var n = 0.0;
  var sums = vec4<f32>();    // |d - g| / g, (d - g)² / g, (d - g)², |e|
  var mean = 0.0;
  var squares = 0.0;
  var within = vec3<f32>();
  for (var i = id.x; i < p.count; i += groups.x * WG) {
    if (!counts(i, x[i], g[i])) { continue; }
    let truth = bitcast<f32>(g[i]);
    let v = p.scale * (bitcast<f32>(x[i]) - p.centre) + p.level;
    let d = clamp(select(v, 1.0 / max(v, 1e-30), RECIPROCAL), p.low, p.high);
    let difference = abs(d - truth);
    let e = log_ratio(d, truth);
    n += 1.0;
    sums += vec4<f32>(difference / truth, difference * difference / truth, difference * difference, abs(e));
    let before = e - mean;
    mean += before / n;
    squares += before * (e - mean);
    let limits = vec3<f32>(1.25, 1.5625, 1.953125);
    within += select(vec3<f32>(), vec3<f32>(1.0), vec3<f32>(max(d, truth)) < limits * min(d, truth));
  }
  let at = id.x * 10u;
  y[at] = n;
  y[at + 1u] = sums.x;
  y[at + 2u] = sums.y;
  y[at + 3u] = sums.z;
  y[at + 4u] = mean;
  y[at + 5u] = squares;
  y[at + 6u] = sums.w;
  y[at + 7u] = within.x;
  y[at + 8u] = within.y;
  y[at + 9u] = within.z;
}
