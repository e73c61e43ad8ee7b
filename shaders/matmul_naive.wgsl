// Y[b, m, n] = sum over k of X[b, m, k] W[b, k, n]. One invocation makes four columns of one row.
#import grid

override M: u32;                                    // rows of X in one batch
override N: u32;                                    // columns of W
override K: u32;
override BATCH: u32 = 1;
override X_STEP: u32 = 1;                           // 0 where every batch reads the same X
override W_STEP: u32 = 0;                           // 0 where every batch reads the same W
override COLS: u32;                                 // elements of a row of y
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias w_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(x[(row * K + col) / 4u]); }
fn read_w(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(w[(row * N + col) / 4u]); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }
fn emit(row: u32, col: u32, v: value) { write(row, col, v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (N + 3u) / 4u;
  if (i >= BATCH * M * quads) { return; }
  let col = (i % quads) * 4u;
  let row = (i / quads) % M;
  let batch = i / (quads * M);
  var sum = vec4<f32>();
  for (var k = 0u; k < K; k++) {
    let a = read_x(batch * X_STEP * M + row, k / 4u * 4u)[k % 4u];
    sum += a * read_w(batch * W_STEP * K + k, col);
  }
  emit(batch * M + row, col, sum);
}
