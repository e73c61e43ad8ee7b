// Y[b, m, n] = sum over k of X[b, m, k] W[b, k, n], blocked in workgroup memory: a workgroup of WX × WY invocations
// makes WY · ROWS rows of WX · QUADS · 4 columns, DEPTH values of k at a time; one invocation keeps ROWS × QUADS · 4 sums
// in registers. The tiles of a turn are on their way to registers while those of the turn before are multiplied.
#import run_time

override M: u32;                                    // rows of X in one batch
override N: u32;                                    // columns of W
override K: u32;
override BATCH: u32 = 1;
override X_STEP: u32 = 1;                           // 0 where every batch reads the same X
override W_STEP: u32 = 0;                           // 0 where every batch reads the same W
override COLS: u32;                                 // elements of a row of y
override SPLIT: u32 = 1;                            // parts of the sum; part p makes rows p · BATCH · M and on
override ROWS: u32 = 4;
override QUADS: u32 = 1;
override WX: u32 = 16;
override WY: u32 = 16;
override DEPTH: u32 = 16;
override ROLLED: bool = false;                      // keep loops loops: for compilers of software adapters

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

const WG: u32 = WX * WY;
const TILE_M: u32 = WY * ROWS;
const QUADS_X: u32 = DEPTH / 4u;
const QUADS_W: u32 = WX * QUADS;
const LOADS_X: u32 = (TILE_M * QUADS_X + WG - 1u) / WG;
const LOADS_W: u32 = (DEPTH * QUADS_W + WG - 1u) / WG;
const PART: u32 = (K + DEPTH * SPLIT - 1u) / (DEPTH * SPLIT) * DEPTH;

var<workgroup> tile_x: array<array<vec4<f32>, QUADS_X>, TILE_M>;
var<workgroup> tile_w: array<array<vec4<f32>, QUADS_W>, DEPTH>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row0 = group.y * TILE_M;
  let quad0 = group.x * QUADS_W;
  let batch = group.z / SPLIT;
  let part = group.z % SPLIT;
  let wb = batch * W_STEP * K;
  var loads_x = LOADS_X;
  var loads_w = LOADS_W;
  var turns = QUADS_X;
  var rows = ROWS;
  if (ROLLED) {
    loads_x = run_time(LOADS_X, arrayLength(&w));
    loads_w = run_time(LOADS_W, arrayLength(&w));
    turns = run_time(QUADS_X, arrayLength(&w));
    rows = run_time(ROWS, arrayLength(&w));
  }
  var at: array<row_at, LOADS_X>;
  for (var i = 0u; i < loads_x; i++) {
    at[i] = locate_x(batch * X_STEP * M + min(row0 + (lane + i * WG) / QUADS_X, M - 1u));
  }
  var next_x: array<vec4<f32>, LOADS_X>;
  var next_w: array<vec4<f32>, LOADS_W>;
  var sum: array<array<vec4<f32>, QUADS>, ROWS>;

  let first = part * PART;
  let end = min(first + PART, run_time(K, arrayLength(&w)));
  for (var k0 = first; k0 < end + DEPTH; k0 += DEPTH) {
    if (k0 < end) {
      for (var i = 0u; i < loads_x; i++) {
        let k = k0 + (lane + i * WG) % QUADS_X * 4u;
        next_x[i] = vec4<f32>();
        if (K % DEPTH == 0u || k < K) { next_x[i] = read_x(at[i], k); }
      }
      for (var i = 0u; i < loads_w; i++) {
        let k = k0 + (lane + i * WG) / QUADS_W;
        let col = (quad0 + (lane + i * WG) % QUADS_W) * 4u;
        next_w[i] = vec4<f32>();
        if ((K % DEPTH == 0u || k < K) && (N % (QUADS_W * 4u) == 0u || col < N)) { next_w[i] = read_w(wb + min(k, K - 1u), col); }
      }
    }
    if (k0 > first) {
      for (var q = 0u; q < turns; q++) {
        var wk: array<array<vec4<f32>, QUADS>, 4>;
        for (var c = 0u; c < QUADS; c++) {
          for (var l = 0u; l < 4u; l++) { wk[l][c] = tile_w[q * 4u + l][local.x + c * WX]; }
        }
        for (var r = 0u; r < ROWS; r++) {
          let a = tile_x[local.y * ROWS + r][q];
          for (var c = 0u; c < QUADS; c++) { sum[r][c] += a.x * wk[0][c] + a.y * wk[1][c] + a.z * wk[2][c] + a.w * wk[3][c]; }
        }
      }
      workgroupBarrier();
    }
    if (k0 < end) {
      for (var i = 0u; i < loads_x; i++) {
        let q = lane + i * WG;
        if (TILE_M * QUADS_X % WG == 0u || q < TILE_M * QUADS_X) { tile_x[q / QUADS_X][q % QUADS_X] = next_x[i]; }
      }
      for (var i = 0u; i < loads_w; i++) {
        let q = lane + i * WG;
        if (DEPTH * QUADS_W % WG == 0u || q < DEPTH * QUADS_W) { tile_w[q / QUADS_W][q % QUADS_W] = next_w[i]; }
      }
      workgroupBarrier();
    }
  }
  // A copy, so that the sums stay in registers where this loop is kept.
  var result = sum;
  for (var c = 0u; c < QUADS; c++) {
    let col = (quad0 + local.x + c * WX) * 4u;
    for (var r = 0u; r < rows; r++) {
      let row = row0 + local.y * ROWS + r;
      if (row < M && col < N) { emit((part * BATCH + batch) * M + row, col, result[r][c]); }
    }
  }
}
