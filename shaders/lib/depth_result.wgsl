// Values of a network's result, or of a depth map. The file that imports this has the uniform `p: Params` with
// `r: Result`, the constants PLAIN, FILTER, ALIGN and RECIPROCAL, the bindings `x: array<elem>` and `factor: array<f32>`, and
// lib/float_key.wgsl.
const NEAREST = 0u;
const BILINEAR = 1u;
const BICUBIC = 2u;

struct Result {
  part: vec4<f32>,           // of the photo, what the box shows: left, top, width, height
  box: vec4<u32>,            // of x, the pixels that show the photo: left, top, width, height
  photo: vec2<u32>,          // width, height
  columns: u32,              // of x
  stride: u32,               // elements of x from column to column: its channels, if they come last
  scale: f32,
  shift: f32,
  times: f32,
  low: f32,
  high: f32,
  nan: u32,                  // the bits of NaN, which is no WGSL literal
}

// The element at a pixel of the box, or the nearest one in it.
fn raw(column: i32, row: i32) -> f32 {
  let last = vec2<i32>(p.r.box.zw) - 1;
  let at = p.r.box.xy + vec2<u32>(clamp(vec2<i32>(column, row), vec2<i32>(), last));
  return f32(x[(at.y * p.r.columns + at.x) * p.r.stride]);
}

// The formula of models/card.ts.
fn formula(v: f32) -> f32 {
  let t = p.r.scale * (v * factor[0]) + p.r.shift;
  return clamp(p.r.times * select(t, 1.0 / max(t, 1e-8), RECIPROCAL), p.r.low, p.r.high);
}

// The bits of a value; what is not finite stays as it is, and so does a map, which has its values already.
fn value_bits(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  if (PLAIN) { return bits; }
  return select(bits, bitcast<u32>(formula(v)), is_finite(bits));
}

// Keys' cubic, a = -0.75, at the taps -1, 0, 1, 2 for a position t in [0, 1) after tap 0.
fn cubic(t: f32) -> vec4<f32> {
  let u = 1.0 - t;
  return vec4<f32>(
    -0.75 * t * u * u,
    (1.25 * t - 2.25) * t * t + 1.0,
    (1.25 * u - 2.25) * u * u + 1.0,
    -0.75 * u * t * t);
}

fn sampled(at: vec2<f32>) -> f32 {
  if (FILTER == NEAREST) {
    let nearest = vec2<i32>(floor(at + 0.5));
    return raw(nearest.x, nearest.y);
  }
  let base = floor(at);
  let t = at - base;
  let c = i32(base.x);
  let r = i32(base.y);
  if (FILTER == BILINEAR) {
    let top = mix(raw(c, r), raw(c + 1, r), t.x);
    return mix(top, mix(raw(c, r + 1), raw(c + 1, r + 1), t.x), t.y);
  }
  let across = cubic(t.x);
  let down = cubic(t.y);
  var sum = 0.0;
  for (var i = 0; i < 4; i++) {
    let k = r + i - 1;
    sum += down[i] * dot(across, vec4<f32>(raw(c - 1, k), raw(c, k), raw(c + 1, k), raw(c + 2, k)));
  }
  return sum;
}

// The bits of the value at a pixel of the photo; NaN outside what the network saw.
fn resized_bits(id: vec2<u32>) -> u32 {
  let inside = vec2<f32>(id) + 0.5 - p.r.part.xy;
  if (any(inside < vec2<f32>()) || any(inside > p.r.part.zw)) { return p.r.nan; }
  let size = vec2<f32>(p.r.box.zw);
  let half = inside * (size / p.r.part.zw) - 0.5;
  let aligned = (inside - 0.5) * ((size - 1.0) / max(p.r.part.zw - 1.0, vec2<f32>(1.0)));
  return value_bits(sampled(clamp(select(half, aligned, ALIGN), vec2<f32>(-0.5), size - 0.5)));
}
