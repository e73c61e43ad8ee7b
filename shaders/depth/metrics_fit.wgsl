// What least squares of t ≈ scale · x + level needs, t being 1 / g for disparity and else g, and x counted from `centre`:
// each invocation strides over the pixels and leaves n, the means of x and t, Σ(x - mean)² and Σ(x - mean)(t - mean). The
// host joins them in float64.
#import float_key
#import depth_terms

override RECIPROCAL: bool;   // x is disparity
override WG: u32 = 64;

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> g: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  var n = 0.0;
  var mean = vec2<f32>();
  var squares = 0.0;
  var products = 0.0;
  for (var i = id.x; i < p.count; i += groups.x * WG) {
    if (!counts(i, x[i], g[i])) { continue; }
    let truth = bitcast<f32>(g[i]);
    let v = vec2<f32>(bitcast<f32>(x[i]) - p.centre, select(truth, 1.0 / truth, RECIPROCAL));
    n += 1.0;
    let before = v - mean;
    mean += before / n;
    squares += before.x * (v.x - mean.x);
    products += before.x * (v.y - mean.y);
  }
  let at = id.x * 5u;
  y[at] = n;
  y[at + 1u] = mean.x;
  y[at + 2u] = mean.y;
  y[at + 3u] = squares;
  y[at + 4u] = products;
}
