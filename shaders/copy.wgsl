// y[row, col] = x[start(row) + col · STEP]: every copy that reads along strides (slices, broadcasts, permutations).
// One invocation makes four consecutive elements of a row.
#import grid

override ROWS: u32;
override COLS: u32;
override LAST: u32;                                 // the last column that has a source
override STEP: i32;
override WG: u32 = 64;

alias x_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn start(row: u32) -> i32 { return i32(row); }
fn load(first: i32, col: u32) -> value { return value(x[u32(first + i32(min(col, LAST)) * STEP)]); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  let row = i / quads;
  let col = (i % quads) * 4u;
  write(row, col, load(start(row), col));
}
