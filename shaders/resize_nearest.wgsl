// y = the nearest pixel of a channels-last image. `index` holds the input row of every output row, then the input column
// of every output column. One invocation makes four channels of one output pixel.
#import grid

override PIXELS: u32;                               // output pixels of all images
override COLS: u32;                                 // channels
override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> index: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> value { return x[(row * COLS + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= PIXELS * quads) { return; }
  let col = (i % quads) * 4u;
  let pixel = i / quads;
  let image = pixel / (OUT_H * OUT_W);
  let h = u32(index[(pixel / OUT_W) % OUT_H]);
  let w = u32(index[OUT_H + pixel % OUT_W]);
  write(pixel, col, value(read_x((image * H + h) * W + w, col)));
}
