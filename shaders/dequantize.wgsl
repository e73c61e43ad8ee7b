// y = (x - zero) · scale for constant integers x, which lie four bytes a word where they are bytes. Scale and zero point
// have one value a tensor, a channel or a block: `group` says which. One invocation makes four consecutive elements.
#import grid

override ROWS: u32;
override COLS: u32;                                 // elements of a row
override WG: u32 = 64;

alias x_elem = u32;
alias scale_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> scale: array<scale_elem>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_x(i: u32) -> f32 { return f32(x[i]); }
fn read_zero(g: u32) -> f32 { return 0.0; }
fn group(i: u32) -> u32 { return 0u; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

fn element(i: u32) -> f32 {
  let g = group(i);
  return (read_x(i) - read_zero(g)) * f32(scale[g]);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  let row = i / quads;
  let col = (i % quads) * 4u;
  let at = row * COLS + col;
  write(row, col, value(element(at), element(at + 1u), element(at + 2u), element(at + 3u)));
}
