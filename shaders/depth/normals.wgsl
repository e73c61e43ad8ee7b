// y = the unit normal of the surface at each pixel, towards the camera; 0 where the map has no value. Along each axis the
// neighbour that differs less in depth counts, so that normals stay on one side of an edge. One invocation makes one.
#import grid
#import float_key
#import pinhole

override WG: u32 = 64;
override RECIPROCAL: bool;   // x is disparity

struct Params {
  c: Camera,
  first: u32,                // index of the first pixel of this dispatch
  count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

// The change of the point along an axis, per pixel; 0 where there is no neighbour.
fn slope(at: vec2<u32>, axis: vec2<u32>, here: vec3<f32>) -> vec3<f32> {
  var before = vec3<f32>();
  var after = vec3<f32>();
  if (all(at >= axis)) { before = point_of(at - axis); }
  if (all(at + axis < p.c.size)) { after = point_of(at + axis); }
  if (before.z <= 0.0 && after.z <= 0.0) { return vec3<f32>(); }
  let nearer = after.z > 0.0 && (before.z <= 0.0 || abs(after.z - here.z) <= abs(here.z - before.z));
  return select(here - before, after - here, nearer);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let k = linear_index(id, groups, WG);
  if (k >= p.count) { return; }
  let i = p.first + k;
  let at = vec2<u32>(i % p.c.size.x, i / p.c.size.x);
  let here = point_of(at);
  y[k] = vec4<f32>();
  if (here.z <= 0.0) { return; }
  let right = slope(at, vec2<u32>(1u, 0u), here);
  let down = slope(at, vec2<u32>(0u, 1u), here);
  let n = cross(down, right);
  let size = length(n);
  // Where a neighbour is missing the surface is taken to face the camera.
  var normal = -normalize(here);
  if (size > 0.0) { normal = n / size; }
  y[k] = vec4<f32>(select(normal, -normal, dot(normal, here) > 0.0), 0.0);
}
