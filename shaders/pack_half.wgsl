// y = x: float32 to float16, two a word, without the adapter's float16. One invocation makes four elements. What float16
// cannot hold becomes infinite; its bits are written out, since pack2x16float leaves them open.
#import grid

override QUADS: u32;
override WG: u32 = 64;

const LARGEST = 65504.0;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec2<u32>>;

fn pack(v: vec2<f32>) -> u32 {
  let infinite = select(vec2<u32>(0x7c00u), vec2<u32>(0xfc00u), v < vec2<f32>());
  let packed = pack2x16float(clamp(v, vec2<f32>(-LARGEST), vec2<f32>(LARGEST)));
  let halves = vec2<u32>(packed & 0xffffu, packed >> 16u);
  let bits = select(halves, infinite, abs(v) >= vec2<f32>(LARGEST + 16.0));
  return bits.x | (bits.y << 16u);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= QUADS) { return; }
  y[i] = vec2<u32>(pack(x[i].xy), pack(x[i].zw));
}
