// The third step of the guided filter: the mean of a and b over the windows that a cell lies in, weighted by `known`.
// One invocation makes one cell.
struct Params {
  cells: vec2<u32>,
  radius: i32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> known: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.cells)) { return; }
  let last = vec2<i32>(p.cells) - 1;
  let begin = vec2<u32>(max(vec2<i32>(id.xy) - p.radius, vec2<i32>()));
  let end = vec2<u32>(min(vec2<i32>(id.xy) + p.radius, last));
  var sum = vec4<f32>();
  var total = 0.0;
  for (var r = begin.y; r <= end.y; r++) {
    for (var c = begin.x; c <= end.x; c++) {
      let i = r * p.cells.x + c;
      sum += known[i] * x[i];
      total += known[i];
    }
  }
  let cell = id.y * p.cells.x + id.x;
  y[cell] = sum / max(total, 1.0);
  weight[cell] = min(total, 1.0);
}
