// The first step of the guided filter: means over cells of `step` × `step` pixels. y: red, green, blue, and the mean of the
// values there are; share: how many of the pixels have one. One invocation makes one cell.
#import float_key
#import orientation

struct Params {
  size: vec2<u32>,           // of the map
  cells: vec2<u32>,
  step: u32,
  turn: u32,                 // of the photo
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> photo: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> share: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.cells)) { return; }
  let begin = id.xy * p.step;
  let end = min(begin + p.step, p.size);
  var color = vec3<f32>();
  var depth = 0.0;
  var seen = 0.0;
  for (var r = begin.y; r < end.y; r++) {
    for (var c = begin.x; c < end.x; c++) {
      color += unpack4x8unorm(photo[stored_index(vec2<u32>(c, r), p.size, p.turn)]).rgb;
      let bits = x[r * p.size.x + c];
      if (is_finite(bits)) {
        depth += bitcast<f32>(bits);
        seen += 1.0;
      }
    }
  }
  let pixels = f32((end.x - begin.x) * (end.y - begin.y));
  let cell = id.y * p.cells.x + id.x;
  y[cell] = vec4<f32>(color / pixels, depth / max(seen, 1.0));
  share[cell] = seen / pixels;
}
