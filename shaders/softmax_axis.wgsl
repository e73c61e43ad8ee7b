// Softmax (or its logarithm) along an axis that is not the last: LENGTH elements, STEP rows apart.
// One invocation makes four neighbouring columns of every row along the axis.
#import grid

override OUTER: u32;                                // elements before the axis
override LENGTH: u32;                               // of the axis
override STEP: u32;                                 // rows between neighbours along the axis
override COLS: u32;                                 // elements of a row
override LOG: bool;
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= OUTER * STEP * quads) { return; }
  let col = (i % quads) * 4u;
  let line = i / quads;
  let first = (line / STEP) * LENGTH * STEP + line % STEP;

  var top = read_x(first, col);
  for (var k = 1u; k < LENGTH; k++) { top = max(top, read_x(first + k * STEP, col)); }
  var sum = vec4<f32>();
  for (var k = 0u; k < LENGTH; k++) { sum += exp(read_x(first + k * STEP, col) - top); }
  let scale = 1.0 / sum;
  let shift = top + log(sum);
  for (var k = 0u; k < LENGTH; k++) {
    let row = first + k * STEP;
    let v = read_x(row, col);
    if (LOG) { write(row, col, v - shift); } else { write(row, col, exp(v - top) * scale); }
  }
}
