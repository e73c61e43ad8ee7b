// y = Σ w x / Σ w over a window of a map, w = exp(-|p - q|² / (2 σs²) - |I(p) - I(q)|² / (2 σc²)), where I is the photo's
// colour, 0 to 1: the joint (cross) bilateral filter of Petschnigg et al., 2004. Pixels without a value weigh nothing.
// One invocation makes one pixel.
#import float_key
#import orientation

struct Params {
  size: vec2<u32>,
  radius: i32,               // taps at each side
  step: i32,                 // pixels between taps
  space: f32,                // 1 / (2 σs²), pixels
  color: f32,                // 1 / (2 σc²)
  turn: u32,                 // of the photo
  fill: u32,                 // 1: pixels without a value get one
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> photo: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

fn color_at(at: vec2<u32>) -> vec3<f32> {
  return unpack4x8unorm(photo[stored_index(at, p.size, p.turn)]).rgb;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.size)) { return; }
  let here = id.y * p.size.x + id.x;
  y[here] = x[here];
  if (p.fill == 0u && !is_finite(x[here])) { return; }
  let color = color_at(id.xy);
  var sum = 0.0;
  var weights = 0.0;
  for (var r = -p.radius; r <= p.radius; r++) {
    for (var c = -p.radius; c <= p.radius; c++) {
      let offset = vec2<i32>(c, r) * p.step;
      let at = vec2<i32>(id.xy) + offset;
      if (any(at < vec2<i32>()) || any(at >= vec2<i32>(p.size))) { continue; }
      let q = vec2<u32>(at);
      let bits = x[q.y * p.size.x + q.x];
      if (!is_finite(bits)) { continue; }
      let d = color_at(q) - color;
      let far = vec2<f32>(offset);
      let w = exp(-dot(far, far) * p.space - dot(d, d) * p.color);
      sum += w * bitcast<f32>(bits);
      weights += w;
    }
  }
  if (weights > 0.0) { y[here] = bitcast<u32>(sum / weights); }
}
