// y[i, j] = times · g(scale · resize(x)[i, j] + shift): a network's result on the photo's pixels, g(v) = v or
// 1 / max(v, 1e-8). The network saw the photo's part `rect`; pixels outside it get NaN. One invocation makes one pixel.
override CUBIC: bool;        // bicubic with a = -0.75, else bilinear
override ALIGN: bool;        // corner pixels' centres fall on each other, else the corners themselves
override RECIPROCAL: bool;

alias elem = f32;

struct Params {
  rect: vec4<f32>,           // left, top, width, height
  photo: vec2<u32>,          // width, height of y
  size: vec2<u32>,           // width, height of x
  scale: f32,
  shift: f32,
  times: f32,
  nan: u32,                  // the bits of NaN, which is no WGSL literal
  stride: u32,               // elements of x from column to column: its channels, if they come last
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

fn sample(column: i32, row: i32) -> f32 {
  let c = u32(clamp(column, 0, i32(p.size.x) - 1));
  let r = u32(clamp(row, 0, i32(p.size.y) - 1));
  return f32(x[(r * p.size.x + c) * p.stride]);
}

// Keys' cubic at the taps -1, 0, 1, 2 for a position t in [0, 1) after tap 0.
fn cubic(t: f32) -> vec4<f32> {
  let u = 1.0 - t;
  return vec4<f32>(
    -0.75 * t * u * u,
    (1.25 * t - 2.25) * t * t + 1.0,
    (1.25 * u - 2.25) * u * u + 1.0,
    -0.75 * u * t * t);
}

fn resize(at: vec2<f32>) -> f32 {
  let base = floor(at);
  let t = at - base;
  let c = i32(base.x);
  let r = i32(base.y);
  if (!CUBIC) {
    let top = mix(sample(c, r), sample(c + 1, r), t.x);
    return mix(top, mix(sample(c, r + 1), sample(c + 1, r + 1), t.x), t.y);
  }
  let across = cubic(t.x);
  let down = cubic(t.y);
  var sum = 0.0;
  for (var i = 0; i < 4; i++) {
    let k = r + i - 1;
    let row = vec4<f32>(sample(c - 1, k), sample(c, k), sample(c + 1, k), sample(c + 2, k));
    sum += down[i] * dot(across, row);
  }
  return sum;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.photo)) { return; }
  let i = id.y * p.photo.x + id.x;
  let inside = vec2<f32>(id.xy) + 0.5 - p.rect.xy;
  if (any(inside < vec2<f32>()) || any(inside > p.rect.zw)) {
    y[i] = p.nan;
    return;
  }
  let size = vec2<f32>(p.size);
  let half = inside * (size / p.rect.zw) - 0.5;
  let aligned = (inside - 0.5) * ((size - 1.0) / max(p.rect.zw - 1.0, vec2<f32>(1.0)));
  let at = clamp(select(half, aligned, ALIGN), vec2<f32>(-0.5), size - 0.5);
  let v = p.scale * resize(at) + p.shift;
  y[i] = bitcast<u32>(p.times * select(v, 1.0 / max(v, 1e-8), RECIPROCAL));
}
