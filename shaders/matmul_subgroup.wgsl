// Y[b, m, n] = sum over k of X[b, m, k] W[b, k, n] for software adapters, whose loads cost more than their arithmetic.
// A workgroup is one subgroup of 8 lanes and makes ROWS rows of 32 columns. Of x, a lane holds four k of one row in each
// block of 8 rows, which the others get by broadcast; of the sums, four columns of every row. No shared memory, no barrier.
#import run_time

override M: u32;                                    // rows of X in one batch
override N: u32;                                    // columns of W
override K: u32;
override X_STEP: u32 = 1;                           // 0 where every batch reads the same X
override W_STEP: u32 = 0;                           // 0 where every batch reads the same W
override COLS: u32;                                 // elements of a row of y
override ROWS: u32 = 16;
override FOLDS: u32 = 1;                            // parts in which the rows lie along z, beside the batches
override DOWN: bool = false;                        // workgroups along x make rows, else columns

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

alias Block = array<vec4<f32>, 8>;

var<private> result: array<vec4<f32>, 16>;

// Adds lane r's `x` times `b` to row r.
fn add(rows: ptr<function, Block>, x: f32, b: vec4<f32>) {
  rows[0] += subgroupBroadcast(x, 0u) * b;
  if (ROWS > 1u) { rows[1] += subgroupBroadcast(x, 1u) * b; }
  if (ROWS > 2u) { rows[2] += subgroupBroadcast(x, 2u) * b; }
  if (ROWS > 3u) { rows[3] += subgroupBroadcast(x, 3u) * b; }
  if (ROWS > 4u) { rows[4] += subgroupBroadcast(x, 4u) * b; }
  if (ROWS > 5u) { rows[5] += subgroupBroadcast(x, 5u) * b; }
  if (ROWS > 6u) { rows[6] += subgroupBroadcast(x, 6u) * b; }
  if (ROWS > 7u) { rows[7] += subgroupBroadcast(x, 7u) * b; }
}

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let batch = group.z / FOLDS;
  let block = select(group.y, group.x, DOWN) + group.z % FOLDS * select(groups.y, groups.x, DOWN);
  let first = block * ROWS;
  let col = (select(group.x, group.y, DOWN) * 8u + lane) * 4u;
  let at = min(col, (N - 1u) / 4u * 4u);
  let wb = batch * W_STEP * K;
  let row0 = batch * X_STEP * M + min(first + lane, M - 1u);
  let row1 = batch * X_STEP * M + min(first + 8u + lane, M - 1u);
  var sum0: Block;
  var sum1: Block;
  let depth = run_time(K, arrayLength(&w));
  for (var k = 0u; k < depth; k += 4u) {
    let a0 = read_x(row0, k);
    var a1: vec4<f32>;
    if (ROWS > 8u) { a1 = read_x(row1, k); }
    let w0 = read_w(wb + k, at);
    add(&sum0, a0.x, w0);
    if (ROWS > 8u) { add(&sum1, a1.x, w0); }
    let w1 = read_w(wb + min(k + 1u, K - 1u), at);
    add(&sum0, a0.y, w1);
    if (ROWS > 8u) { add(&sum1, a1.y, w1); }
    let w2 = read_w(wb + min(k + 2u, K - 1u), at);
    add(&sum0, a0.z, w2);
    if (ROWS > 8u) { add(&sum1, a1.z, w2); }
    let w3 = read_w(wb + min(k + 3u, K - 1u), at);
    add(&sum0, a0.w, w3);
    if (ROWS > 8u) { add(&sum1, a1.w, w3); }
  }
  if (col >= N || first >= M) { return; }
  // A copy, so that the loop over rows is not unrolled and the sums stay in registers all the same.
  result = array(
    sum0[0], sum0[1], sum0[2], sum0[3], sum0[4], sum0[5], sum0[6], sum0[7],
    sum1[0], sum1[1], sum1[2], sum1[3], sum1[4], sum1[5], sum1[6], sum1[7],
  );
  for (var r = 0u; r < run_time(ROWS, arrayLength(&w)) && first + r < M; r++) { emit(batch * M + first + r, col, result[r]); }
}
