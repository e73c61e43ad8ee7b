// Y[b, m, n] = sum over k of X[b, m, k] W[b, k, n], blocked in registers: one invocation makes ROWS rows of four
// columns, the lanes of a workgroup lie along the columns. No shared memory and no barrier.
#import run_time

override M: u32;                                    // rows of X in one batch
override N: u32;                                    // columns of W
override K: u32;
override X_STEP: u32 = 1;                           // 0 where every batch reads the same X
override W_STEP: u32 = 0;                           // 0 where every batch reads the same W
override COLS: u32;                                 // elements of a row of y
override ROWS: u32 = 4;
override FOLDS: u32 = 1;                            // parts in which the rows lie along z, beside the batches
override WX: u32 = 8;

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

@compute @workgroup_size(WX)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let col = id.x * 4u;
  let batch = group.z / FOLDS;
  let first = (group.y + group.z % FOLDS * groups.y) * ROWS;
  if (col >= N || first >= M) { return; }
  let xb = batch * X_STEP * M;
  let wb = batch * W_STEP * K;
  var sum: array<vec4<f32>, ROWS>;
  for (var k = 0u; k < K; k += 4u) {
    // Beyond K the reader gives zeros for x, so any row of w will do.
    let w0 = read_w(wb + k, col);
    let w1 = read_w(wb + min(k + 1u, K - 1u), col);
    let w2 = read_w(wb + min(k + 2u, K - 1u), col);
    let w3 = read_w(wb + min(k + 3u, K - 1u), col);
    for (var r = 0u; r < ROWS; r++) {
      let a = read_x(xb + min(first + r, M - 1u), k);
      sum[r] += a.x * w0 + a.y * w1 + a.z * w2 + a.w * w3;
    }
  }
  // A copy, so that the loop over rows is not unrolled and the sums stay in registers all the same.
  var result = sum;
  for (var r = 0u; r < run_time(ROWS, arrayLength(&w)) && first + r < M; r++) { emit(batch * M + first + r, col, result[r]); }
}
