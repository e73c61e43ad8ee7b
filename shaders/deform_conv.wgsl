// y[b, p, o] = sum over taps k and channels c of x[b, p · stride − pad + k · dilation + offset[b, g, k, p], c] w[o, c, k]
// times mask[b, g, k, p], read bilinearly with zeros outside; g is the offset group of c. x and y are channels-last,
// offset and mask are not. One invocation makes four channels of one pixel; STEP of them read the same channels of x.
#import grid
#import run_time

override BATCH: u32;
override H: u32;                                    // of x
override W: u32;
override C: u32;
override GROUPS: u32;
override OFFSET_GROUPS: u32;
override OUT_H: u32;                                // of y
override OUT_W: u32;
override COLS: u32;
override KERNEL_H: u32;
override KERNEL_W: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override TOP: i32;                                  // padding
override LEFT: i32;
override STEP: u32;                                 // 4, or 1 where four channels of y may be of different groups
override WG: u32 = 64;

alias x_elem = f32;
alias w_elem = f32;
alias offset_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;  // [COLS, C / GROUPS, KERNEL_H, KERNEL_W]
@group(0) @binding(2) var<storage, read> offset: array<offset_elem>;
@group(0) @binding(3) var<storage, read_write> y: array<out>;

fn mask_at(i: u32) -> f32 { return 1.0; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const DEPTH: u32 = C / GROUPS;
const TAPS: u32 = KERNEL_H * KERNEL_W;
const AREA: u32 = OUT_H * OUT_W;
const SIZE = vec2<i32>(vec2<u32>(H, W));

// Where the four neighbours of a position lie, and their weights.
struct Corners { start: vec4<u32>, weight: vec4<f32> }

fn corners(b: u32, at: vec2<u32>, k: u32, g: u32) -> Corners {
  let tap = vec2<u32>(k / KERNEL_W, k % KERNEL_W);
  let pixel = at.x * OUT_W + at.y;
  let plane = (b * OFFSET_GROUPS + g) * TAPS + k;
  let moved = vec2<f32>(f32(offset[2u * plane * AREA + pixel]), f32(offset[(2u * plane + 1u) * AREA + pixel]));
  let corner = vec2<i32>(at * vec2<u32>(STRIDE_H, STRIDE_W) + tap * vec2<u32>(DILATION_H, DILATION_W)) - vec2<i32>(TOP, LEFT);
  // Beyond these bounds everything is 0.
  let p = clamp(vec2<f32>(corner) + moved, vec2<f32>(-2.0), vec2<f32>(SIZE + 1));
  let base = floor(p);
  let t = p - base;
  let mask = mask_at(plane * AREA + pixel);
  var made: Corners;
  for (var n = 0u; n < 4u; n++) {
    let step = vec2<u32>(n / 2u, n % 2u);
    let q = vec2<i32>(base) + vec2<i32>(step);
    let inside = all(q >= vec2<i32>()) && all(q < SIZE);
    let weight = select(1.0 - t, t, step == vec2<u32>(1u));
    let safe = vec2<u32>(clamp(q, vec2<i32>(), SIZE - 1));
    made.start[n] = ((b * H + safe.x) * W + safe.y) * C;
    made.weight[n] = select(0.0, weight.x * weight.y * mask, inside);
  }
  return made;
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= BATCH * AREA * quads) { return; }
  let o = i % quads * 4u;
  let pixel = i / quads;
  let b = pixel / AREA;
  let at = vec2<u32>(pixel / OUT_W % OUT_H, pixel % OUT_W);
  let taps = run_time(TAPS, arrayLength(&x));
  var sum = vec4<f32>();
  for (var lane = 0u; lane < run_time(4u, arrayLength(&x)); lane += STEP) {
    if (o + lane >= COLS) { break; }
    let first = (o + lane) / (COLS / GROUPS) * DEPTH;
    for (var k = 0u; k < taps; k++) {
      var g = OFFSET_GROUPS;
      var near: Corners;
      for (var c = 0u; c < DEPTH; c++) {
        let channel = first + c;
        if (channel / (C / OFFSET_GROUPS) != g) {
          g = channel / (C / OFFSET_GROUPS);
          near = corners(b, at, k, g);
        }
        let s = near.start + channel;
        let v = dot(near.weight, vec4<f32>(f32(x[s.x]), f32(x[s.y]), f32(x[s.z]), f32(x[s.w])));
        for (var n = lane; n < min(lane + STEP, COLS - o); n++) {
          sum[n] += v * f32(w[((o + n) * DEPTH + c) * TAPS + k]);
        }
      }
    }
  }
  write(pixel, o, sum);
}
