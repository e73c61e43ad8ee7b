// y = the point behind each pixel, as bits of f32, and the photo's colour; z = 0 where the map has no positive value.
// One invocation makes one point.
#import grid
#import float_key
#import orientation
#import pinhole

override WG: u32 = 64;
override RECIPROCAL: bool;   // x is disparity

struct Params {
  c: Camera,
  first: u32,                // index of the first pixel of this dispatch
  count: u32,
  turn: u32,                 // of the photo, for lib/orientation.wgsl
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
  let at = vec2<u32>(i % p.c.size.x, i / p.c.size.x);
  y[k] = vec4<u32>(bitcast<vec3<u32>>(point_of(at)), photo[stored_index(at, p.c.size, p.turn)]);
}
