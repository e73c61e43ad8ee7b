// y[b, oy, ox, o] = sum over ky, kx, c of x[b, oy·sy − py + ky·dy, ox·sx − px + kx·dx, c] w[ky, kx, c, o], channels
// last, any number of groups. One invocation makes four channels of one pixel, a channel at a time.
#import grid

override H: u32;                                    // of x
override W: u32;
override C: u32;                                    // channels of x
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
override RELU: bool = false;                        // reads max(x, 0)
override WG: u32 = 64;

alias elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read> w: array<elem>;  // [KH, KW, C / GROUPS, COLS]
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const QUADS: u32 = (COLS + 3u) / 4u;
const DEPTH: u32 = C / GROUPS;

fn channel(b: u32, oy: u32, ox: u32, o: u32) -> f32 {
  let group = o / (COLS / GROUPS);
  var sum = 0.0;
  for (var ky = 0u; ky < KH; ky++) {
    let iy = i32(oy * STRIDE_Y + ky * DILATION_Y) - PAD_Y;
    if (iy < 0 || iy >= i32(H)) { continue; }
    for (var kx = 0u; kx < KW; kx++) {
      let ix = i32(ox * STRIDE_X + kx * DILATION_X) - PAD_X;
      if (ix < 0 || ix >= i32(W)) { continue; }
      let start = ((b * H + u32(iy)) * W + u32(ix)) * C + group * DEPTH;
      for (var c = 0u; c < DEPTH; c++) {
        let v = f32(x[start + c]);
        sum += select(v, max(v, 0.0), RELU) * f32(w[((ky * KW + kx) * DEPTH + c) * COLS + o]);
      }
    }
  }
  return sum;
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= BATCH * OH * OW * QUADS) { return; }
  let o = i % QUADS * 4u;
  let pixel = i / QUADS;
  let ox = pixel % OW;
  let oy = pixel / OW % OH;
  let b = pixel / (OW * OH);
  var v = vec4<f32>();
  for (var lane = 0u; lane < min(4u, COLS - o); lane++) { v[lane] = channel(b, oy, ox, o + lane); }
  write(pixel, o, v);
}
