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
alias row_at = u32;                                 // what a reader keeps of a row
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn locate_x(row: u32) -> row_at { return row; }
fn read_x(at: row_at, col: u32) -> vec4<f32> { return vec4<f32>(x[(at * K + col) / 4u]); }
fn read_w(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(w[(row * N + col) / 4u]); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }
fn emit(row: u32, col: u32, v: value) { write(row, col, v); }

// Sums, four columns of every row. The array is indexed at run time below, so it stays an array, which keeps the
// compiler from moving the products of a block to the end of the turn and spilling them.
var<private> sums: array<vec4<f32>, 16>;

// Row `r`, whose four k are lane r % 8's `x`.
fn add(r: u32, x: vec4<f32>, w0: vec4<f32>, w1: vec4<f32>, w2: vec4<f32>, w3: vec4<f32>) {
  var sum = fma(vec4<f32>(subgroupShuffle(x.x, r % 8u)), w0, sums[r]);
  sum = fma(vec4<f32>(subgroupShuffle(x.y, r % 8u)), w1, sum);
  sum = fma(vec4<f32>(subgroupShuffle(x.z, r % 8u)), w2, sum);
  sums[r] = fma(vec4<f32>(subgroupShuffle(x.w, r % 8u)), w3, sum);
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
  let row0 = locate_x(batch * X_STEP * M + min(first + lane, M - 1u));
  let row1 = locate_x(batch * X_STEP * M + min(first + 8u + lane, M - 1u));
  let depth = run_time(K, arrayLength(&w));
  for (var k = 0u; k < depth; k += 4u) {
    let w0 = read_w(wb + k, at);
    let w1 = read_w(wb + min(k + 1u, K - 1u), at);
    let w2 = read_w(wb + min(k + 2u, K - 1u), at);
    let w3 = read_w(wb + min(k + 3u, K - 1u), at);
    let a0 = read_x(row0, k);
    add(0u, a0, w0, w1, w2, w3);
    if (ROWS > 1u) { add(1u, a0, w0, w1, w2, w3); }
    if (ROWS > 2u) { add(2u, a0, w0, w1, w2, w3); }
    if (ROWS > 3u) { add(3u, a0, w0, w1, w2, w3); }
    if (ROWS > 4u) { add(4u, a0, w0, w1, w2, w3); }
    if (ROWS > 5u) { add(5u, a0, w0, w1, w2, w3); }
    if (ROWS > 6u) { add(6u, a0, w0, w1, w2, w3); }
    if (ROWS > 7u) { add(7u, a0, w0, w1, w2, w3); }
    if (ROWS > 8u) {
      let a1 = read_x(row1, k);
      add(8u, a1, w0, w1, w2, w3);
      add(9u, a1, w0, w1, w2, w3);
      add(10u, a1, w0, w1, w2, w3);
      add(11u, a1, w0, w1, w2, w3);
      add(12u, a1, w0, w1, w2, w3);
      add(13u, a1, w0, w1, w2, w3);
      add(14u, a1, w0, w1, w2, w3);
      add(15u, a1, w0, w1, w2, w3);
    }
  }
  if (col >= N || first >= M) { return; }
  for (var r = 0u; r < run_time(ROWS, arrayLength(&w)) && first + r < M; r++) { emit(batch * M + first + r, col, sums[r]); }
}
