// y = (x - mean) * scale + bias with three numbers a channel of each image: the last step of a group normalisation.
// One invocation makes four channels of one pixel.
#import grid

override ROWS: u32;                                 // pixels of all images
override PIXELS: u32;                               // pixels of an image
override COLS: u32;                                 // channels
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> coefficients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  let row = i / quads;
  let quad = i % quads;
  let at = row / PIXELS * 3u * quads + quad;
  let v = read_x(row, quad * 4u) - coefficients[at];
  write(row, quad * 4u, v * coefficients[at + quads] + coefficients[at + 2u * quads]);
}
