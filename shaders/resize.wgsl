// y = weighted sum of TAPS_H × TAPS_W pixels of a channels-last image (linear, cubic, antialiased).
// `index` and `weight` hold TAPS_H entries for every output row, then TAPS_W for every output column; `index` ends with
// TAPS_H and TAPS_W, so that a loop over many taps can be kept from being unrolled, which takes compilers seconds.
// One invocation makes four channels of one output pixel.
#import grid

override PIXELS: u32;                               // output pixels of all images
override COLS: u32;                                 // channels
override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override TAPS_H: u32;
override TAPS_W: u32;
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> index: array<i32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= PIXELS * quads) { return; }
  let col = (i % quads) * 4u;
  let pixel = i / quads;
  let image = pixel / (OUT_H * OUT_W);
  let rows = (pixel / OUT_W) % OUT_H * TAPS_H;
  let columns = OUT_H * TAPS_H + pixel % OUT_W * TAPS_W;

  let end = OUT_H * TAPS_H + OUT_W * TAPS_W;
  var taps_h = TAPS_H;
  var taps_w = TAPS_W;
  if (TAPS_H > 2u) { taps_h = u32(index[end]); }
  if (TAPS_W > 4u) { taps_w = u32(index[end + 1u]); }

  var a = vec4<f32>();
  for (var r = 0u; r < taps_h; r++) {
    let line = (image * H + u32(index[rows + r])) * W;
    var sum = vec4<f32>();
    for (var c = 0u; c < taps_w; c++) {
      sum += weight[columns + c] * read_x(line + u32(index[columns + c]), col);
    }
    a += weight[rows + r] * sum;
  }
  write(pixel, col, a);
}
