// y = f(operands), element by element: the whole computation is the tail in `write`, which brings the operands.
// One invocation makes four consecutive elements of a row.
#import grid

override ROWS: u32;
override COLS: u32;                                 // elements of a row
override WG: u32 = 64;

alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  write(i / quads, (i % quads) * 4u, value());
}
