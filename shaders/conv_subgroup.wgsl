// y[b, oy, ox, o] = sum over ky, kx, c of x[b, oy·sy − py + ky·dy, ox·sx − px + kx·dx, c] w[ky, kx, c, o], channels
// last, for software adapters, whose loads cost more than their arithmetic. A workgroup is one subgroup of 8 lanes:
// lane l makes four channels of PIXELS pixels, and holds channel c0 + l of x, which the others get by broadcast.
#import run_time

override H: u32;                                    // of x
override W: u32;
override C: u32;
override OH: u32;                                   // of y
override OW: u32;
override COLS: u32;                                 // channels of y
override BATCH: u32 = 1;
override KH: u32;
override KW: u32;
override STRIDE_Y: u32 = 1;
override STRIDE_X: u32 = 1;
override DILATION_Y: u32 = 1;
override DILATION_X: u32 = 1;
override PAD_Y: i32 = 0;
override PAD_X: i32 = 0;
override PIXELS: u32 = 8;

alias x_elem = f32;
alias w_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;  // [KH, KW, C padded to 8, COLS padded to 4]
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const QUADS: u32 = (COLS + 3u) / 4u;
const DEPTH: u32 = (C + 7u) / 8u * 8u;
const COUNT: u32 = BATCH * OH * OW;

var<private> sum: array<vec4<f32>, PIXELS>;
var<private> a: array<f32, PIXELS>;
var<private> result: array<vec4<f32>, PIXELS>;
var<private> source: array<u32, PIXELS>;
var<private> inside: array<bool, PIXELS>;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let first = (group.y + group.z * groups.y) * PIXELS;
  let quad = group.x * 8u + lane;
  let last = min(quad, QUADS - 1u);
  let taps = run_time(KH * KW, arrayLength(&w));
  for (var tap = 0u; tap < taps; tap++) {
    for (var p = 0u; p < PIXELS; p++) {
      let pixel = min(first + p, COUNT - 1u);
      let iy = i32(pixel / OW % OH * STRIDE_Y + tap / KW * DILATION_Y) - PAD_Y;
      let ix = i32(pixel % OW * STRIDE_X + tap % KW * DILATION_X) - PAD_X;
      inside[p] = iy >= 0 && iy < i32(H) && ix >= 0 && ix < i32(W);
      source[p] = select(0u, (pixel / (OW * OH) * H + u32(iy)) * W + u32(ix), inside[p]) * C;
    }
    for (var c = 0u; c < DEPTH; c += 8u) {
      for (var p = 0u; p < PIXELS; p++) {
        a[p] = select(0.0, f32(x[source[p] + min(c + lane, C - 1u)]), inside[p] && c + lane < C);
      }
      let at = (tap * DEPTH + c) * QUADS + last;
      let w0 = vec4<f32>(w[at]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 0u) * w0; }
      let w1 = vec4<f32>(w[at + QUADS]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 1u) * w1; }
      let w2 = vec4<f32>(w[at + 2u * QUADS]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 2u) * w2; }
      let w3 = vec4<f32>(w[at + 3u * QUADS]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 3u) * w3; }
      let w4 = vec4<f32>(w[at + 4u * QUADS]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 4u) * w4; }
      let w5 = vec4<f32>(w[at + 5u * QUADS]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 5u) * w5; }
      let w6 = vec4<f32>(w[at + 6u * QUADS]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 6u) * w6; }
      let w7 = vec4<f32>(w[at + 7u * QUADS]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += subgroupBroadcast(a[p], 7u) * w7; }
    }
  }
  if (quad >= QUADS || first >= COUNT) { return; }
  // A copy, so that the loop over pixels is not unrolled and the sums stay in registers all the same.
  result = sum;
  for (var p = 0u; p < run_time(PIXELS, arrayLength(&w)) && first + p < COUNT; p++) { write(first + p, quad * 4u, result[p]); }
}
