// The last step of the guided filter: y = a · I + b at the photo's size, a and b between the cells' centres (the fast guided
// filter, He and Sun, 2015). One invocation makes one pixel.
#import float_key
#import orientation

struct Params {
  size: vec2<u32>,           // of the map
  cells: vec2<u32>,
  step: u32,
  turn: u32,                 // of the photo
  fill: u32,                 // 1: pixels without a value get one
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> photo: array<u32>;
@group(0) @binding(3) var<storage, read> line: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.size)) { return; }
  let here = id.y * p.size.x + id.x;
  y[here] = x[here];
  if (p.fill == 0u && !is_finite(x[here])) { return; }
  let at = clamp((vec2<f32>(id.xy) + 0.5) / f32(p.step) - 0.5, vec2<f32>(), vec2<f32>(p.cells - 1u));
  let base = vec2<u32>(at);
  let t = at - vec2<f32>(base);
  var sum = vec4<f32>();
  var total = 0.0;
  for (var k = 0u; k < 4u; k++) {
    let corner = vec2<u32>(k & 1u, k >> 1u);
    let cell = min(base + corner, p.cells - 1u);
    let i = cell.y * p.cells.x + cell.x;
    let share = select(1.0 - t, t, corner == vec2<u32>(1u));
    let w = share.x * share.y * weight[i];
    sum += w * line[i];
    total += w;
  }
  if (total <= 0.0) { return; }
  let color = unpack4x8unorm(photo[stored_index(id.xy, p.size, p.turn)]).rgb;
  y[here] = bitcast<u32>(dot(sum.rgb, color) / total + sum.a / total);
}
