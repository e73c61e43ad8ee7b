// The second step of the guided filter (He, Sun, Tang, 2013, equations 14 and 15): in the window around each cell, the
// values as a linear function of the colour, a · I + b, with ε on the diagonal of the colours' covariance. y: a, b; known: 1
// where the window has values. One invocation makes one cell.
struct Params {
  cells: vec2<u32>,
  radius: i32,               // cells
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> share: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> known: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.cells)) { return; }
  let last = vec2<i32>(p.cells) - 1;
  let begin = vec2<u32>(max(vec2<i32>(id.xy) - p.radius, vec2<i32>()));
  let end = vec2<u32>(min(vec2<i32>(id.xy) + p.radius, last));
  var mean = vec4<f32>();
  var total = 0.0;
  for (var r = begin.y; r <= end.y; r++) {
    for (var c = begin.x; c <= end.x; c++) {
      let i = r * p.cells.x + c;
      mean += share[i] * x[i];
      total += share[i];
    }
  }
  let cell = id.y * p.cells.x + id.x;
  y[cell] = vec4<f32>();
  known[cell] = 0.0;
  if (total <= 0.0) { return; }
  mean /= total;
  // Covariances of the colours with each other and with the values, about the mean.
  var diagonal = vec3<f32>();
  var mixed = vec3<f32>();   // red green, red blue, green blue
  var with_value = vec3<f32>();
  for (var r = begin.y; r <= end.y; r++) {
    for (var c = begin.x; c <= end.x; c++) {
      let i = r * p.cells.x + c;
      let d = x[i] - mean;
      diagonal += share[i] * d.rgb * d.rgb;
      mixed += share[i] * d.rrg * d.gbb;
      with_value += share[i] * d.rgb * d.a;
    }
  }
  diagonal = diagonal / total + p.epsilon;
  mixed /= total;
  with_value /= total;
  let m = mat3x3<f32>(
    vec3<f32>(diagonal.r, mixed.x, mixed.y),
    vec3<f32>(mixed.x, diagonal.g, mixed.z),
    vec3<f32>(mixed.y, mixed.z, diagonal.b));
  // Cramer's rule; ε keeps the determinant positive.
  let first = cross(m[1], m[2]);
  let a = vec3<f32>(
    dot(with_value, first),
    dot(m[0], cross(with_value, m[2])),
    dot(m[0], cross(m[1], with_value))) / dot(m[0], first);
  y[cell] = vec4<f32>(a, mean.a - dot(a, mean.rgb));
  known[cell] = 1.0;
}
