// y[b, p] = x[b] at the position that grid[b, p] names, from −1 to 1 along each axis (the last first), for channels-last
// images of two or three spatial axes (D = 1 for two). A product of TAPS weights along every axis.
// One invocation makes four channels of one output pixel.
#import grid
#import run_time

override BATCH: u32;
override D: u32;                                    // of x
override H: u32;
override W: u32;
override COLS: u32;                                 // channels
override PIXELS: u32;                               // of y, an image
override AXES: u32;                                 // 2 or 3
override TAPS: u32;                                 // 1 nearest, 2 linear, 4 cubic
override PADDING: u32;                              // 0 zeros, 1 border, 2 reflection
override ALIGN: bool;                               // −1 and 1 are the centres of the outermost pixels, not their edges
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias grid_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> grid: array<grid_elem>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const SIZE = vec3<i32>(vec3<u32>(D, H, W));
const LOW = select(vec3<f32>(-0.5), vec3<f32>(), ALIGN);
const HIGH = vec3<f32>(SIZE) - select(vec3<f32>(0.5), vec3<f32>(1.0), ALIGN);

// p mirrored at the borders until it lies between them.
fn mirrored(p: vec3<f32>) -> vec3<f32> {
  let range = max(HIGH - LOW, vec3<f32>(1e-6));
  let away = max(LOW - p, p - HIGH);
  let times = trunc(away / range);
  let rest = away - times * range;
  let low_end = (p < LOW) == (times % 2.0 == vec3<f32>());
  return select(p, select(HIGH - rest, LOW + rest, low_end), away > vec3<f32>());
}

fn padded(p: vec3<f32>) -> vec3<f32> {
  if (PADDING == 0u) { return p; }
  if (PADDING == 2u) { return mirrored(p); }
  return select(clamp(p, vec3<f32>(), vec3<f32>(SIZE - 1)), p, (p >= LOW) & (p <= HIGH));
}

// Weights of the taps around a position with fraction t.
fn weights(t: f32) -> vec4<f32> {
  if (TAPS == 1u) { return vec4<f32>(1.0, 0.0, 0.0, 0.0); }
  if (TAPS == 2u) { return vec4<f32>(1.0 - t, t, 0.0, 0.0); }
  let near = vec2<f32>(t, 1.0 - t);
  let far = near + 1.0;
  let inner = (1.25 * near - 2.25) * near * near + 1.0;
  let outer = ((-0.75 * far + 3.75) * far - 6.0) * far + 3.0;
  return vec4<f32>(outer.x, inner.x, inner.y, outer.y);
}

fn position(pixel: u32) -> vec3<f32> {
  let at = pixel * AXES;
  let n = vec3<f32>(select(f32(grid[at + AXES - 1u]), -1.0, AXES == 2u), f32(grid[at + 1u]), f32(grid[at]));
  let size = vec3<f32>(SIZE);
  let p = select(((n + 1.0) * size - 1.0) / 2.0, (n + 1.0) / 2.0 * (size - 1.0), ALIGN);
  // The axis that a plane lacks.
  let flat = select(p, vec3<f32>(0.0, p.yz), AXES == 2u);
  return padded(select(flat, round(flat), TAPS == 1u));
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= BATCH * PIXELS * quads) { return; }
  let col = i % quads * 4u;
  let pixel = i / quads;
  let b = pixel / PIXELS;
  let p = position(pixel);
  let base = floor(p);
  let first = vec3<i32>(base) - select(0, 1, TAPS == 4u);
  let fraction = p - base;
  let wz = weights(fraction.x);
  let wy = weights(fraction.y);
  let wx = weights(fraction.z);

  let taps = run_time(TAPS, arrayLength(&x));
  let planes = select(taps, 1u, AXES == 2u);
  let skip = select(0, 1, TAPS == 4u && AXES == 2u);
  var sum = vec4<f32>();
  for (var k = 0u; k < planes * taps * taps; k++) {
    let tap = vec3<u32>(k / (taps * taps), k / taps % taps, k % taps);
    var at = first + vec3<i32>(tap) + vec3<i32>(skip, 0, 0);
    if (PADDING == 0u && (any(at < vec3<i32>()) || any(at >= SIZE))) { continue; }
    if (PADDING == 2u) { at = vec3<i32>(mirrored(vec3<f32>(at))); }
    let q = vec3<u32>(clamp(at, vec3<i32>(), SIZE - 1));
    let weight = select(wz[tap.x], 1.0, AXES == 2u) * wy[tap.y] * wx[tap.z];
    sum += weight * vec4<f32>(read_x(((b * D + q.x) * H + q.y) * W + q.z, col));
  }
  write(pixel, col, value(sum));
}
