// y[c, i, j] = gain[c] · resize(x)[c, i, j] + bias[c]: a photo's part (`rect`, in its pixels) as a network's input.
// x: RGBA8, packed, R lowest. One invocation makes one pixel of y. The filters are those of models/card.ts.
override FILTER: u32;        // 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 triangle, 5 lanczos

alias elem = f32;

struct Params {
  rect: vec4<f32>,           // left, top, width, height
  gain: vec4<f32>,
  bias: vec4<f32>,
  photo: vec2<u32>,          // width, height of x
  size: vec2<u32>,           // width, height of y
  strides: vec4<u32>,        // elements of y from column to column, row to row, channel to channel
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<elem>;

// The pixels that one coordinate of y draws from, along one axis.
struct Taps {
  first: i32,
  last: i32,                 // exclusive
  center: f32,               // where pixels' edges are whole numbers
  step: f32,                 // pixels of x a pixel of y
}

fn taps(i: u32, start: f32, step: f32, size: u32) -> Taps {
  let center = (f32(i) + 0.5) * step + start;
  if (FILTER == 0u) {
    let first = i32(floor(center));
    return Taps(first, first + 1, center, step);
  }
  if (FILTER == 2u) {
    let first = i32(floor(center - 0.5)) - 1;
    return Taps(first, first + 4, center, step);
  }
  if (FILTER == 3u && step > 1.0) {
    return Taps(max(i32(floor(center - 0.5 * step)), 0), min(i32(ceil(center + 0.5 * step)), i32(size)), center, step);
  }
  if (FILTER >= 4u) {
    let support = select(3.0, 1.0, FILTER == 4u) * max(step, 1.0);
    let first = max(i32(floor(center - support + 0.5)), 0);
    return Taps(first, min(i32(floor(center + support + 0.5)), i32(size)), center, step);
  }
  let first = i32(floor(center - 0.5));
  return Taps(first, first + 2, center, step);
}

fn sinc(v: f32) -> f32 {
  let t = 3.14159265358979 * v;
  return select(sin(t) / t, 1.0, abs(t) < 1e-4);
}

fn weight(t: Taps, tap: i32) -> f32 {
  let at = f32(tap) + 0.5 - t.center;
  let d = abs(at);
  if (FILTER == 0u) { return 1.0; }
  if (FILTER == 2u) {
    // Keys' cubic with a = -0.75.
    if (d <= 1.0) { return (1.25 * d - 2.25) * d * d + 1.0; }
    if (d < 2.0) { return ((-0.75 * d + 3.75) * d - 6.0) * d + 3.0; }
    return 0.0;
  }
  if (FILTER == 3u && t.step > 1.0) {
    return max(min(at + 0.5, 0.5 * t.step) - max(at - 0.5, -0.5 * t.step), 0.0);
  }
  if (FILTER == 5u) {
    let v = d / max(t.step, 1.0);
    return select(0.0, sinc(v) * sinc(v / 3.0), v < 3.0);
  }
  return max(1.0 - d / select(1.0, max(t.step, 1.0), FILTER == 4u), 0.0);
}

fn pixel(column: i32, row: i32) -> vec3<f32> {
  let c = clamp(column, 0, i32(p.photo.x) - 1);
  let r = clamp(row, 0, i32(p.photo.y) - 1);
  return unpack4x8unorm(x[u32(r) * p.photo.x + u32(c)]).rgb;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.size)) { return; }
  let step = p.rect.zw / vec2<f32>(p.size);
  let across = taps(id.x, p.rect.x, step.x, p.photo.x);
  let down = taps(id.y, p.rect.y, step.y, p.photo.y);
  var sum = vec3<f32>();
  var total = 0.0;
  for (var r = down.first; r < down.last; r++) {
    var row = vec3<f32>();
    var weights = 0.0;
    for (var c = across.first; c < across.last; c++) {
      let w = weight(across, c);
      row += w * pixel(c, r);
      weights += w;
    }
    let w = weight(down, r);
    sum += w * row;
    total += w * weights;
  }
  let v = p.gain.rgb * (sum / total) + p.bias.rgb;
  let at = id.x * p.strides.x + id.y * p.strides.y;
  y[at] = elem(v.r);
  y[at + p.strides.z] = elem(v.g);
  y[at + 2u * p.strides.z] = elem(v.b);
}
