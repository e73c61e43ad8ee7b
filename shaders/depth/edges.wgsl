// Depth discontinuities of a map, and what is done with the pixels on them. At a silhouette networks leave a slope from the
// front to the back, whose pixels fly between both. In inverse depth planes are straight however steeply they are seen,
// so a pixel lies on such a slope if along an axis, with a reach of h pixels,
//   inner = |v(+h) - v(-h)| is large, and above 1.5 times outer = (|v(-h) - v(-3h)| + |v(+3h) - v(+h)|) / 2.
// Large: the depths differ by a share of `threshold`, for relative disparity by that share of the map's range.
// One invocation makes one pixel.
#import float_key
#import orientation

override MODE: u32;          // 0 y is 1 on a discontinuity, else 0; 1 NaN there; 2 the value of the side it belongs to
override INVERSE: bool;      // x is inverse depth
override RELATIVE: bool;     // x is up to a scale and shift: `range` counts

struct Params {
  size: vec2<u32>,
  reach: i32,
  threshold: f32,
  turn: u32,                 // of the photo
  nan: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> photo: array<u32>;
@group(0) @binding(3) var<storage, read> range: array<u32, 2>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

fn within(at: vec2<i32>) -> bool {
  return all(at >= vec2<i32>()) && all(at < vec2<i32>(p.size));
}

fn clamped(at: vec2<i32>) -> vec2<u32> {
  return vec2<u32>(clamp(at, vec2<i32>(), vec2<i32>(p.size) - 1));
}

fn bits_at(at: vec2<i32>) -> u32 {
  let q = clamped(at);
  return x[q.y * p.size.x + q.x];
}

fn color_at(at: vec2<i32>) -> vec3<f32> {
  return unpack4x8unorm(photo[stored_index(clamped(at), p.size, p.turn)]).rgb;
}

// Inverse depth, up to a scale and shift where the map is.
fn inverse(bits: u32) -> f32 {
  let v = bitcast<f32>(bits);
  return select(1.0 / max(v, 1e-8), v, INVERSE);
}

// The step along an axis where the pixel is on a discontinuity, else 0.
fn jump(at: vec2<i32>, axis: vec2<i32>) -> f32 {
  let h = axis * p.reach;
  let b3 = bits_at(at - 3 * h);
  let b1 = bits_at(at - h);
  let f1 = bits_at(at + h);
  let f3 = bits_at(at + 3 * h);
  if (!is_finite(b3) || !is_finite(b1) || !is_finite(f1) || !is_finite(f3)) { return 0.0; }
  let back = inverse(b1);
  let front = inverse(f1);
  let inner = abs(front - back);
  // Near the picture's border one side must do.
  let before = within(at - 3 * h);
  let after = within(at + 3 * h);
  if (!within(at - h) || !within(at + h) || !(before || after)) { return 0.0; }
  var behind = abs(back - inverse(b3));
  var ahead = abs(inverse(f3) - front);
  if (!before) { behind = ahead; }
  if (!after) { ahead = behind; }
  let outer = 0.5 * (behind + ahead);
  var least = p.threshold * max(min(front, back), 0.0);
  if (RELATIVE) { least = p.threshold * (key_float(range[1]) - key_float(~range[0])); }
  return select(0.0, inner, inner > least && inner > 1.5 * outer);
}

// How little the pixel belongs to the side at `at + h`: the difference in colour and in value, a difference in colour of
// 0.1 counting as much as the whole step.
fn distance_to(at: vec2<i32>, h: vec2<i32>, v: f32, step: f32) -> f32 {
  let color = (color_at(at + h) + color_at(at + 2 * h) + color_at(at + 3 * h)) / 3.0 - color_at(at);
  let d = (inverse(bits_at(at + 3 * h)) - v) / step;
  return 100.0 * dot(color, color) + d * d;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.size)) { return; }
  let at = vec2<i32>(id.xy);
  let here = id.y * p.size.x + id.x;
  let bits = x[here];
  var across = 0.0;
  var down = 0.0;
  if (is_finite(bits)) {
    across = jump(at, vec2<i32>(1, 0));
    down = jump(at, vec2<i32>(0, 1));
  }
  let step = max(across, down);
  if (MODE == 0u) {
    y[here] = u32(step > 0.0);
    return;
  }
  y[here] = bits;
  if (step <= 0.0) { return; }
  if (MODE == 1u) {
    y[here] = p.nan;
    return;
  }
  let h = select(vec2<i32>(0, p.reach), vec2<i32>(p.reach, 0), across >= down);
  let v = inverse(bits);
  let before = distance_to(at, -h, v, step) <= distance_to(at, h, v, step);
  y[here] = bits_at(select(at + 3 * h, at - 3 * h, before));
}
