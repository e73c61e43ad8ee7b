// y[b, oy, ox, c] = sum over ky, kx of x[b, oy·sy − py + ky·dy, ox·sx − px + kx·dx, c] w[ky, kx, c], channels last. One
// invocation makes PIXELS neighbours in a row of y and four channels. It reads the strip of x under TAPS neighbouring taps
// once for all of them, and each tap's weights once.
#import grid
#import run_time

override H: u32;                                    // of x
override W: u32;
override OH: u32;                                   // of y
override OW: u32;
override COLS: u32;                                 // channels
override BATCH: u32 = 1;
override KH: u32;
override KW: u32;
override STRIDE_Y: u32 = 1;
override STRIDE_X: u32 = 1;
override DILATION_Y: u32 = 1;
override DILATION_X: u32 = 1;
override PAD_Y: i32 = 0;
override PAD_X: i32 = 0;
override PIXELS: u32 = 4;
override TAPS: u32 = 1;                             // divides KW
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias w_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;  // [KH, KW, COLS padded to 4]
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(x[(row * COLS + col) / 4u]); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const QUADS: u32 = (COLS + 3u) / 4u;
const STRIPS: u32 = (OW + PIXELS - 1u) / PIXELS;
// Columns of x between two entries of the strip, and its length.
const STEP: u32 = select(STRIDE_X, 1u, TAPS > 1u);
const STRIP: u32 = ((PIXELS - 1u) * STRIDE_X + (TAPS - 1u) * DILATION_X) / STEP + 1u;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= BATCH * OH * STRIPS * QUADS) { return; }
  let quad = i % QUADS;
  let ox = i / QUADS % STRIPS * PIXELS;
  let oy = i / (QUADS * STRIPS) % OH;
  let b = i / (QUADS * STRIPS * OH);
  var sum: array<vec4<f32>, PIXELS>;
  let steps = run_time(KH * KW / TAPS, arrayLength(&w));
  for (var step = 0u; step < steps; step++) {
    let tap = step * TAPS;
    let iy = i32(oy * STRIDE_Y + tap / KW * DILATION_Y) - PAD_Y;
    if (iy < 0 || iy >= i32(H)) { continue; }
    let row = (b * H + u32(iy)) * W;
    let left = i32(ox * STRIDE_X + tap % KW * DILATION_X) - PAD_X;
    var strip: array<vec4<f32>, STRIP>;
    for (var s = 0u; s < STRIP; s++) {
      let ix = left + i32(s * STEP);
      let inside = ix >= 0 && ix < i32(W);
      strip[s] = select(vec4<f32>(), read_x(row + u32(clamp(ix, 0, i32(W) - 1)), quad * 4u), inside);
    }
    for (var t = 0u; t < TAPS; t++) {
      let weight = vec4<f32>(w[(tap + t) * QUADS + quad]);
      for (var p = 0u; p < PIXELS; p++) { sum[p] += strip[(p * STRIDE_X + t * DILATION_X) / STEP] * weight; }
    }
  }
  // A copy, so that the loop over pixels is not unrolled and the sums stay in registers all the same.
  var result = sum;
  for (var p = 0u; p < run_time(PIXELS, arrayLength(&w)) && ox + p < OW; p++) { write((b * OH + oy) * OW + ox + p, quad * 4u, result[p]); }
}
