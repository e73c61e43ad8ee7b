// (X, Y, Z) = Z · ((j + 0.5 - W/2) / f, (i + 0.5 - H/2) / f, 1) for pixel (i, j): the pinhole camera, x to the right,
// y down, z forward. y: X, Y, Z as bits of f32, then the photo's colour; Z = 0 where x is not finite or not positive.
// One invocation makes one point.
#import grid
#import float_key

override WG: u32 = 64;
override RECIPROCAL: bool;   // x is disparity: Z = scale / x, else Z = scale · x

struct Params {
  width: u32,
  first: u32,                // index of the first pixel of this dispatch
  count: u32,
  scale: f32,
  focal: f32,                // pixels
  center_x: f32,
  center_y: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> photo: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let k = linear_index(id, groups, WG);
  if (k >= p.count) { return; }
  let i = p.first + k;
  let v = bitcast<f32>(x[i]);
  var z = 0.0;
  if (is_finite(x[i]) && v > 0.0) { z = select(p.scale * v, p.scale / v, RECIPROCAL); }
  let right = (f32(i % p.width) + 0.5 - p.center_x) / p.focal;
  let down = (f32(i / p.width) + 0.5 - p.center_y) / p.focal;
  y[k] = vec4<u32>(bitcast<u32>(right * z), bitcast<u32>(down * z), bitcast<u32>(z), photo[i]);
}
