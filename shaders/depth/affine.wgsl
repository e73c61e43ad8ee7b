// y = clamp(g(scale · x + shift), 0, high): a relative map in metres; g(v) = v, or 1 / v for disparity, which is `high`
// where v is not positive. What is not finite stays. One invocation makes one pixel.
#import grid
#import float_key

override WG: u32 = 64;
override RECIPROCAL: bool;

struct Params {
  count: u32,
  scale: f32,
  shift: f32,
  high: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= p.count) { return; }
  y[i] = x[i];
  if (!is_finite(x[i])) { return; }
  let v = p.scale * bitcast<f32>(x[i]) + p.shift;
  let metres = select(v, 1.0 / max(v, 1.0 / p.high), RECIPROCAL);
  y[i] = bitcast<u32>(clamp(metres, 0.0, p.high));
}
