// y = table[256 · (x - min) / (max - min)]: values as RGBA8 by a colormap; what is not finite becomes transparent.
// `range` is what range.wgsl leaves. One invocation makes one pixel.
#import grid
#import float_key

override WG: u32 = 64;

struct Params {
  count: u32,
  invert: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> range: array<u32, 2>;
@group(0) @binding(3) var<storage, read> table: array<u32, 256>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= p.count) { return; }
  if (!is_finite(x[i])) {
    y[i] = 0u;
    return;
  }
  let low = key_float(~range[0]);
  let high = key_float(range[1]);
  var t = 0.0;
  if (high > low) { t = clamp((bitcast<f32>(x[i]) - low) / (high - low), 0.0, 1.0); }
  if (p.invert != 0u) { t = 1.0 - t; }
  y[i] = table[min(u32(t * 256.0), 255u)];
}
