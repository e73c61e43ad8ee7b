// y[b, p, o] = sum over taps k and channels c of x[b, p · stride − pad + k · dilation, c] w[o, c, k], channels last, three
// spatial axes, any number of groups. One invocation makes four channels of one pixel, a channel at a time.
#import grid
#import run_time

override BATCH: u32;
override D: u32;                                    // of x
override H: u32;
override W: u32;
override C: u32;                                    // channels of x
override GROUPS: u32;
override OUT_D: u32;                                // of y
override OUT_H: u32;
override OUT_W: u32;
override COLS: u32;                                 // channels of y
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
override RELU: bool = false;                        // reads max(x, 0)
override WG: u32 = 64;

alias x_elem = f32;
alias w_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;  // [COLS, C / GROUPS, KERNEL_D, KERNEL_H, KERNEL_W]
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const DEPTH: u32 = C / GROUPS;
const TAPS: u32 = KERNEL_D * KERNEL_H * KERNEL_W;
const SIZE = vec3<i32>(vec3<u32>(D, H, W));
const STRIDE = vec3<u32>(STRIDE_D, STRIDE_H, STRIDE_W);
const DILATION = vec3<u32>(DILATION_D, DILATION_H, DILATION_W);
const PAD = vec3<i32>(FRONT, TOP, LEFT);

fn channel(b: u32, corner: vec3<i32>, o: u32) -> f32 {
  let first = o / (COLS / GROUPS) * DEPTH;
  let taps = run_time(TAPS, arrayLength(&x));
  var sum = 0.0;
  for (var k = 0u; k < taps; k++) {
    let tap = vec3<u32>(k / (KERNEL_H * KERNEL_W), k / KERNEL_W % KERNEL_H, k % KERNEL_W);
    let p = corner + vec3<i32>(tap * DILATION);
    if (any(p < vec3<i32>()) || any(p >= SIZE)) { continue; }
    let at = vec3<u32>(p);
    let start = (((b * D + at.x) * H + at.y) * W + at.z) * C + first;
    for (var c = 0u; c < DEPTH; c++) {
      let v = f32(x[start + c]);
      sum += select(v, max(v, 0.0), RELU) * f32(w[(o * DEPTH + c) * TAPS + k]);
    }
  }
  return sum;
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= BATCH * OUT_D * OUT_H * OUT_W * quads) { return; }
  let o = i % quads * 4u;
  let pixel = i / quads;
  let at = vec3<u32>(pixel / (OUT_W * OUT_H) % OUT_D, pixel / OUT_W % OUT_H, pixel % OUT_W);
  let b = pixel / (OUT_W * OUT_H * OUT_D);
  var v = vec4<f32>();
  for (var lane = 0u; lane < min(4u, COLS - o); lane++) {
    v[lane] = channel(b, vec3<i32>(at * STRIDE) - PAD, o + lane);
  }
  write(pixel, o, v);
}
