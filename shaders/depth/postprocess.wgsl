// y[i, j] = formula(resize(x)[i, j]): a network's result on the photo's pixels. One invocation makes one pixel.
#import float_key
#import depth_result

override PLAIN: bool;        // x is a map
override FILTER: u32;        // of lib/depth_result.wgsl
override ALIGN: bool;        // corner pixels' centres fall on each other, else the corners themselves
override RECIPROCAL: bool;

alias elem = f32;

struct Params {
  r: Result,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.r.photo)) { return; }
  y[id.y * p.r.photo.x + id.x] = resized_bits(id.xy);
}
