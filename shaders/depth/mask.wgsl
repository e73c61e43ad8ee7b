// y = x where the mask's label is one of a set, else `outside`. The mask has one byte a pixel and is read at the nearest
// place where its size differs. One invocation makes one pixel.
struct Params {
  size: vec2<u32>,
  mask_size: vec2<u32>,
  outside: u32,              // bits
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> mask: array<u32>;
@group(0) @binding(3) var<storage, read> labels: array<u32, 8>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.size)) { return; }
  let at = vec2<u32>((vec2<f32>(id.xy) + 0.5) * (vec2<f32>(p.mask_size) / vec2<f32>(p.size)));
  let i = min(at.y, p.mask_size.y - 1u) * p.mask_size.x + min(at.x, p.mask_size.x - 1u);
  let label = (mask[i / 4u] >> (8u * (i % 4u))) & 255u;
  let inside = ((labels[label / 32u] >> (label % 32u)) & 1u) != 0u;
  let here = id.y * p.size.x + id.x;
  y[here] = select(p.outside, x[here], inside);
}
