// y[b, oy, ox, o] = sum over ky, kx, c of x[b, oy·sy − py + ky·dy, ox·sx − px + kx·dx, c] w[ky, kx, c, o], channels
// last, blocked in registers: one invocation makes PIXELS neighbours in a row of y and four channels. Where there are
// groups, those of x and of y have multiples of four channels.
#import run_time

override H: u32;                                    // of x
override W: u32;
override C: u32;
override GROUPS: u32 = 1;
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
override PIXELS: u32 = 4;
override WX: u32 = 8;

alias x_elem = vec4<f32>;
alias w_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;  // [KH, KW, DEPTH, COLS padded to 4]
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(x[(row * C + col) / 4u]); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const QUADS: u32 = (COLS + 3u) / 4u;
const DEPTH: u32 = (C / GROUPS + 3u) / 4u * 4u;    // channels of a group
const STRIPS: u32 = (OW + PIXELS - 1u) / PIXELS;

@compute @workgroup_size(WX)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let quad = id.x;
  let strip = id.y + id.z * groups.y;
  if (quad >= QUADS || strip >= BATCH * OH * STRIPS) { return; }
  let ox = (strip % STRIPS) * PIXELS;
  let oy = strip / STRIPS % OH;
  let b = strip / (STRIPS * OH);
  let first = quad * 4u / (COLS / GROUPS) * DEPTH;
  var sum: array<vec4<f32>, PIXELS>;
  let taps = run_time(KH * KW, arrayLength(&w));
  for (var tap = 0u; tap < taps; tap++) {
    let iy = i32(oy * STRIDE_Y + tap / KW * DILATION_Y) - PAD_Y;
    if (iy < 0 || iy >= i32(H)) { continue; }
    let row = (b * H + u32(iy)) * W;
    var source: array<u32, PIXELS>;
    var inside: array<f32, PIXELS>;
    for (var p = 0u; p < PIXELS; p++) {
      let ix = i32((ox + p) * STRIDE_X + tap % KW * DILATION_X) - PAD_X;
      source[p] = row + u32(clamp(ix, 0, i32(W) - 1));
      inside[p] = f32(ix >= 0 && ix < i32(W));
    }
    for (var c = 0u; c < DEPTH; c += 4u) {
      let at = (tap * DEPTH + c) * QUADS + quad;
      let w0 = vec4<f32>(w[at]);
      let w1 = vec4<f32>(w[at + QUADS]);
      let w2 = vec4<f32>(w[at + 2u * QUADS]);
      let w3 = vec4<f32>(w[at + 3u * QUADS]);
      for (var p = 0u; p < PIXELS; p++) {
        let a = read_x(source[p], first + c) * inside[p];
        sum[p] += a.x * w0 + a.y * w1 + a.z * w2 + a.w * w3;
      }
    }
  }
  // A copy, so that the loop over pixels is not unrolled and the sums stay in registers all the same.
  var result = sum;
  for (var p = 0u; p < run_time(PIXELS, arrayLength(&w)) && ox + p < OW; p++) { write((b * OH + oy) * OW + ox + p, quad * 4u, result[p]); }
}
