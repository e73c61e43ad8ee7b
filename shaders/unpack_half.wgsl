// y = x: float16, two a word, to float32, without the adapter's float16. One invocation makes four elements.
#import grid

override QUADS: u32;
override WG: u32 = 64;

@group(0) @binding(0) var<storage, read> x: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= QUADS) { return; }
  y[i] = vec4<f32>(unpack2x16float(x[i].x), unpack2x16float(x[i].y));
}
