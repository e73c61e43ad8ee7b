// y = table[256 · (v - min) / (max - min)], v = formula(resize(x)): a network's result on the photo's pixels, or a map, as
// RGBA8 by a colormap; what is not finite gets the colour p.missing. `range` is what range.wgsl or select.wgsl leaves.
// One invocation makes one pixel of a texture.
#import float_key
#import depth_result
#import depth_color

override PLAIN: bool;        // x is a map
override FILTER: u32;        // of lib/depth_result.wgsl
override ALIGN: bool;
override RECIPROCAL: bool;

alias elem = f32;

struct Params {
  r: Result,
  invert: u32,
  missing: u32,              // RGBA8
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;
@group(0) @binding(3) var<storage, read> range: array<u32, 2>;
@group(0) @binding(4) var<storage, read> table: array<u32, 256>;
@group(0) @binding(5) var y: texture_storage_2d<rgba8unorm, write>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.r.photo)) { return; }
  textureStore(y, id.xy, unpack4x8unorm(color_of(resized_bits(id.xy))));
}
