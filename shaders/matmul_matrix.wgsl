// Y[b, m, n] = sum over k of X[b, m, k] W[b, k, n] by subgroup matrices of MM × KK and KK × NN, f16 with sums in f32. A
// workgroup of SY × SX subgroups makes TILE_M × TILE_N results, TILE_K values of k at a time: the tiles of X and W go
// through registers, while those before are multiplied, to workgroup memory, with zeros beyond K and N. Results go
// through workgroup memory, too, a strip of STRIP matrices a subgroup, to `emit`.
#import run_time

override M: u32;                                    // rows of X in one batch
override N: u32;                                    // columns of W
override K: u32;
override BATCH: u32 = 1;
override X_STEP: u32 = 1;                           // 0 where every batch reads the same X
override W_STEP: u32 = 0;                           // 0 where every batch reads the same W
override COLS: u32;                                 // elements of a row of y
override SPLIT: u32 = 1;                            // parts of the sum; part p makes rows p · BATCH · M and on
override TILE_M: u32;
override TILE_N: u32;
override TILE_K: u32;
override MM: u32;
override NN: u32;
override KK: u32;
override SY: u32;
override SX: u32;
override STRIP: u32;
override LANES: u32;                                // the adapter's largest subgroup
override SPARE: bool;                               // subgroups may be smaller, and more than SY × SX
override ROLLED: bool = false;                      // keep the loop over k a loop: for compilers of software adapters

alias x_elem = vec4<f16>;
alias w_elem = vec4<f16>;
alias row_at = u32;                                 // what a reader keeps of a row
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> w: array<w_elem>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn locate_x(row: u32) -> row_at { return row; }
fn read_x(at: row_at, col: u32) -> vec4<f16> { return x[(at * K + col) / 4u]; }
fn read_w(row: u32, col: u32) -> vec4<f16> { return w[(row * N + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }
fn emit(row: u32, col: u32, v: value) { write(row, col, v); }

const WG: u32 = SY * SX * LANES;
const RM: u32 = TILE_M / SY / MM;                   // matrices of a subgroup
const RN: u32 = TILE_N / SX / NN;
const QUADS_X: u32 = TILE_K / 4u;
const QUADS_W: u32 = TILE_N / 4u;
const STRIDE_X: u32 = QUADS_X + 2u;                 // rows beside each other in other banks
const STRIDE_W: u32 = QUADS_W + 2u;
const LOADS_X: u32 = (TILE_M * QUADS_X + WG - 1u) / WG;
const LOADS_W: u32 = (TILE_K * QUADS_W + WG - 1u) / WG;
const QUADS_Y: u32 = STRIP * NN / 4u;
const STRIDE_Y: u32 = QUADS_Y + 1u;
const PART: u32 = (K + TILE_K * SPLIT - 1u) / (TILE_K * SPLIT) * TILE_K;

var<workgroup> tile_x: array<vec4<f16>, TILE_M * STRIDE_X>;
var<workgroup> tile_w: array<vec4<f16>, TILE_K * STRIDE_W>;
var<workgroup> strips: array<vec4<f32>, SY * SX * MM * STRIDE_Y>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) mine: u32,
  @builtin(subgroup_size) size: u32,
) {
  let row0 = group.y * TILE_M;
  let col0 = group.x * TILE_N;
  let batch = group.z / SPLIT;
  let part = group.z % SPLIT;
  let sy = subgroup / SX;
  let sx = subgroup % SX;
  let wb = batch * W_STEP * K;
  var at: array<row_at, LOADS_X>;
  for (var i = 0u; i < LOADS_X; i++) {
    at[i] = locate_x(batch * X_STEP * M + min(row0 + (lane + i * WG) / QUADS_X, M - 1u));
  }
  var next_x: array<vec4<f16>, LOADS_X>;
  var next_w: array<vec4<f16>, LOADS_W>;
  var sum: array<array<subgroup_matrix_result<f32, NN, MM>, RN>, RM>;

  let first = part * PART;
  let end = min(first + PART, run_time(K, arrayLength(&w)));
  var depth = TILE_K;
  if (ROLLED) { depth = run_time(TILE_K, arrayLength(&w)); }
  for (var k0 = first; k0 < end + TILE_K; k0 += TILE_K) {
    // The tiles of this turn; those of the turn before lie in workgroup memory.
    if (k0 < end) {
      for (var i = 0u; i < LOADS_X; i++) {
        let k = k0 + (lane + i * WG) % QUADS_X * 4u;
        next_x[i] = vec4<f16>();
        if (K % TILE_K == 0u || k < K) { next_x[i] = read_x(at[i], k); }
      }
      for (var i = 0u; i < LOADS_W; i++) {
        let k = k0 + (lane + i * WG) / QUADS_W;
        let col = col0 + (lane + i * WG) % QUADS_W * 4u;
        next_w[i] = vec4<f16>();
        if ((K % TILE_K == 0u || k < K) && (N % TILE_N == 0u || col < N)) { next_w[i] = read_w(wb + min(k, K - 1u), col); }
      }
    }
    if (k0 > first) {
      if (!SPARE || subgroup < SY * SX) {
        for (var kk = 0u; kk < depth; kk += KK) {
          var right: array<subgroup_matrix_right<f16, NN, KK>, RN>;
          for (var j = 0u; j < RN; j++) {
            right[j] = subgroupMatrixLoad<subgroup_matrix_right<f16, NN, KK>, row_major>(&tile_w, kk * STRIDE_W + (sx * RN + j) * NN / 4u, STRIDE_W);
          }
          for (var i = 0u; i < RM; i++) {
            let left = subgroupMatrixLoad<subgroup_matrix_left<f16, KK, MM>, row_major>(&tile_x, (sy * RM + i) * MM * STRIDE_X + kk / 4u, STRIDE_X);
            for (var j = 0u; j < RN; j++) { sum[i][j] = subgroupMatrixMultiplyAccumulate(left, right[j], sum[i][j]); }
          }
        }
      }
      workgroupBarrier();
    }
    if (k0 < end) {
      for (var i = 0u; i < LOADS_X; i++) {
        let q = lane + i * WG;
        if (TILE_M * QUADS_X % WG == 0u || q < TILE_M * QUADS_X) { tile_x[q / QUADS_X * STRIDE_X + q % QUADS_X] = next_x[i]; }
      }
      for (var i = 0u; i < LOADS_W; i++) {
        let q = lane + i * WG;
        if (TILE_K * QUADS_W % WG == 0u || q < TILE_K * QUADS_W) { tile_w[q / QUADS_W * STRIDE_W + q % QUADS_W] = next_w[i]; }
      }
      workgroupBarrier();
    }
  }

  let strip = subgroup * MM * STRIDE_Y;
  for (var i = 0u; i < RM; i++) {
    for (var j0 = 0u; j0 < RN; j0 += STRIP) {
      if (!SPARE || subgroup < SY * SX) {
        for (var j = 0u; j < STRIP; j++) {
          subgroupMatrixStore<row_major>(&strips, strip + j * NN / 4u, sum[i][j0 + j], STRIDE_Y);
        }
      }
      workgroupBarrier();
      if (!SPARE || subgroup < SY * SX) {
        for (var q = mine; q < run_time(MM * QUADS_Y, arrayLength(&w)); q += size) {
          let row = row0 + (sy * RM + i) * MM + q / QUADS_Y;
          let col = col0 + (sx * RN + j0) * NN + q % QUADS_Y * 4u;
          if (row < M && col < N) { emit((part * BATCH + batch) * M + row, col, strips[strip + q / QUADS_Y * STRIDE_Y + q % QUADS_Y]); }
        }
      }
      workgroupBarrier();
    }
  }
}
