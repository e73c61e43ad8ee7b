// Y[b, m, n] = sum over k of X[b, m, k] W[b, k, n] for software adapters, whose loads cost more than their arithmetic.
// A workgroup is one subgroup of 8 lanes: lane l makes four columns of ROWS rows, and holds x at k0 + l, which the
// others get by broadcast. No shared memory and no barrier.
#import run_time

override M: u32;                                    // rows of X in one batch
override N: u32;                                    // columns of W
override K: u32;
override X_STEP: u32 = 1;                           // 0 where every batch reads the same X
override W_STEP: u32 = 0;                           // 0 where every batch reads the same W
override COLS: u32;                                 // elements of a row of y
override ROWS: u32 = 8;
override FOLDS: u32 = 1;                            // parts in which the rows lie along z, beside the batches

alias x_elem = f32;
alias w_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn read_w(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(w[(row * N + col) / 4u]); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }
fn emit(row: u32, col: u32, v: value) { write(row, col, v); }

var<private> sum: array<vec4<f32>, ROWS>;
var<private> a: array<f32, ROWS>;
var<private> result: array<vec4<f32>, ROWS>;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let batch = group.z / FOLDS;
  let first = (group.y + group.z % FOLDS * groups.y) * ROWS;
  let col = (group.x * 8u + lane) * 4u;
  let at = min(col, (N - 1u) / 4u * 4u);
  let xb = batch * X_STEP * M;
  let wb = batch * W_STEP * K;
  for (var k = 0u; k < K; k += 8u) {
    for (var r = 0u; r < ROWS; r++) {
      a[r] = select(0.0, f32(x[(xb + min(first + r, M - 1u)) * K + min(k + lane, K - 1u)]), k + lane < K);
    }
    let w0 = read_w(wb + k, at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 0u) * w0; }
    let w1 = read_w(wb + min(k + 1u, K - 1u), at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 1u) * w1; }
    let w2 = read_w(wb + min(k + 2u, K - 1u), at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 2u) * w2; }
    let w3 = read_w(wb + min(k + 3u, K - 1u), at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 3u) * w3; }
    let w4 = read_w(wb + min(k + 4u, K - 1u), at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 4u) * w4; }
    let w5 = read_w(wb + min(k + 5u, K - 1u), at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 5u) * w5; }
    let w6 = read_w(wb + min(k + 6u, K - 1u), at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 6u) * w6; }
    let w7 = read_w(wb + min(k + 7u, K - 1u), at);
    for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupBroadcast(a[r], 7u) * w7; }
  }
  if (col >= N || first >= M) { return; }
  // A copy, so that the loop over rows is not unrolled and the sums stay in registers all the same.
  result = sum;
  for (var r = 0u; r < run_time(ROWS, arrayLength(&w)) && first + r < M; r++) { emit(batch * M + first + r, col, result[r]); }
}
