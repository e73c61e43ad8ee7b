// The results of a product whose sum over k was made in PARTS parts: adds them up. One invocation makes four columns.
#import grid

override ROWS: u32;                                 // of a part, all batches
override N: u32;                                    // columns
override PARTS: u32;
override COLS: u32;                                 // elements of a row of y
override WG: u32 = 64;

alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }
fn emit(row: u32, col: u32, v: value) { write(row, col, v); }

const QUADS: u32 = (N + 3u) / 4u;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= ROWS * QUADS) { return; }
  var sum = x[i];
  for (var part = 1u; part < PARTS; part++) { sum += x[part * ROWS * QUADS + i]; }
  emit(i / QUADS, i % QUADS * 4u, sum);
}
