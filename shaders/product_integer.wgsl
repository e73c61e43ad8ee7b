// y = x w in 32-bit integers, zero points subtracted by what reads: products of quantised matrices, and convolutions as
// products of gathered windows. One invocation makes four rows and four columns of a batch.
#import grid
#import run_time

override BATCH: u32 = 1;
override M: u32;
override N: u32;
override K: u32;
override WG: u32 = 64;

alias x_elem = i32;
alias w_elem = u32;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;

fn read_x(batch: u32, row: u32, k: u32) -> i32 { return i32(x[(batch * M + row) * K + k]); }
fn read_w(batch: u32, k: u32, quad: u32) -> vec4<i32> { return unpack4xI8(w[k * QUADS + quad]); }
fn place(batch: u32, row: u32, col: u32) -> u32 { return (batch * M + row) * N + col; }

const QUADS: u32 = (N + 3u) / 4u;
const BLOCKS: u32 = (M + 3u) / 4u;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= BATCH * BLOCKS * QUADS) { return; }
  let quad = i % QUADS;
  let row = i / QUADS % BLOCKS * 4u;
  let batch = i / (QUADS * BLOCKS);
  var sum: array<vec4<i32>, 4>;
  let depth = run_time(K, arrayLength(&w));
  for (var k = 0u; k < depth; k++) {
    let v = read_w(batch, k, quad);
    for (var r = 0u; r < 4u; r++) { sum[r] += read_x(batch, min(row + r, M - 1u), k) * v; }
  }
  for (var r = 0u; r < 4u && row + r < M; r++) {
    for (var c = 0u; c < 4u && quad * 4u + c < N; c++) { y[place(batch, row + r, quad * 4u + c)] = sum[r][c]; }
  }
}
