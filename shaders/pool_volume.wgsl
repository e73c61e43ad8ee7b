// y = max, mean or p-norm of x under a window, for channels-last images with three spatial axes.
// One invocation makes four channels of one output pixel.
#import grid
#import run_time

override BATCH: u32;
override D: u32;                                    // of x
override H: u32;
override W: u32;
override OUT_D: u32;                                // of y
override OUT_H: u32;
override OUT_W: u32;
override COLS: u32;                                 // channels
override KERNEL_D: u32;
override KERNEL_H: u32;
override KERNEL_W: u32;
override STRIDE_D: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_D: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override FRONT: i32;                                // padding
override TOP: i32;
override LEFT: i32;
override BACK: i32;
override BOTTOM: i32;
override RIGHT: i32;
override KIND: u32;                                 // 0 maximum, 1 mean, 2 p-norm
override COUNT_PAD: bool;                           // the mean counts padding
override P: f32;
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const TAPS: u32 = KERNEL_D * KERNEL_H * KERNEL_W;
const SIZE = vec3<i32>(vec3<u32>(D, H, W));
const STRIDE = vec3<u32>(STRIDE_D, STRIDE_H, STRIDE_W);
const DILATION = vec3<u32>(DILATION_D, DILATION_H, DILATION_W);
const BEGIN = vec3<i32>(FRONT, TOP, LEFT);
const END = vec3<i32>(BACK, BOTTOM, RIGHT);

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= BATCH * OUT_D * OUT_H * OUT_W * quads) { return; }
  let col = i % quads * 4u;
  let pixel = i / quads;
  let b = pixel / (OUT_W * OUT_H * OUT_D);
  let corner = vec3<i32>(vec3<u32>(pixel / (OUT_W * OUT_H) % OUT_D, pixel / OUT_W % OUT_H, pixel % OUT_W) * STRIDE) - BEGIN;

  let taps = run_time(TAPS, arrayLength(&x));
  var a = vec4<f32>(select(0.0, -3.4028234e38, KIND == 0u));
  var count = 0u;
  for (var k = 0u; k < taps; k++) {
    let tap = vec3<u32>(k / (KERNEL_H * KERNEL_W), k / KERNEL_W % KERNEL_H, k % KERNEL_W);
    let p = corner + vec3<i32>(tap * DILATION);
    let inside = all(p >= vec3<i32>()) && all(p < SIZE);
    if (inside || (COUNT_PAD && all(p < SIZE + END))) { count++; }
    if (!inside) { continue; }
    let at = vec3<u32>(p);
    let v = vec4<f32>(read_x(((b * D + at.x) * H + at.y) * W + at.z, col));
    if (KIND == 0u) { a = max(a, v); }
    else if (KIND == 1u) { a += v; }
    else if (P == 1.0) { a += abs(v); }
    else if (P == 2.0) { a += v * v; }
    else { a += pow(abs(v), vec4<f32>(P)); }
  }
  if (KIND == 1u) { a /= f32(count); }
  if (KIND == 2u && P == 2.0) { a = sqrt(a); }
  else if (KIND == 2u && P != 1.0) { a = pow(a, vec4<f32>(1.0 / P)); }
  write(pixel, col, value(a));
}
