// Y[b, m, n] = sum over k of X[b, m, k] W[b, k, n], blocked in workgroup memory: a workgroup of WX × WY invocations
// makes WY·ROWS rows of WX·4 columns, DEPTH values of k at a time; one invocation keeps ROWS × 4 sums in registers.

override M: u32;                                    // rows of X in one batch
override N: u32;                                    // columns of W
override K: u32;
override X_STEP: u32 = 1;                           // 0 where every batch reads the same X
override W_STEP: u32 = 0;                           // 0 where every batch reads the same W
override COLS: u32;                                 // elements of a row of y
override ROWS: u32 = 4;
override WX: u32 = 16;
override WY: u32 = 16;
override DEPTH: u32 = 16;

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

const TILE_M: u32 = WY * ROWS;
const QUADS: u32 = DEPTH / 4u;

var<workgroup> tile_x: array<array<vec4<f32>, QUADS>, TILE_M>;
var<workgroup> tile_w: array<array<vec4<f32>, WX>, DEPTH>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row0 = group.y * TILE_M;
  let col0 = group.x * WX * 4u;
  let col = col0 + local.x * 4u;
  let xb = group.z * X_STEP * M;
  let wb = group.z * W_STEP * K;
  var sum: array<vec4<f32>, ROWS>;
  for (var k0 = 0u; k0 < K; k0 += DEPTH) {
    for (var i = lane; i < TILE_M * QUADS; i += WX * WY) {
      let row = row0 + i / QUADS;
      let k = k0 + (i % QUADS) * 4u;
      var v = vec4<f32>();
      if (row < M && k < K) { v = read_x(xb + row, k); }
      tile_x[i / QUADS][i % QUADS] = v;
    }
    for (var i = lane; i < DEPTH * WX; i += WX * WY) {
      let k = k0 + i / WX;
      let c = col0 + (i % WX) * 4u;
      var v = vec4<f32>();
      if (k < K && c < N) { v = read_w(wb + k, c); }
      tile_w[i / WX][i % WX] = v;
    }
    workgroupBarrier();
    for (var q = 0u; q < QUADS; q++) {
      let w0 = tile_w[q * 4u][local.x];
      let w1 = tile_w[q * 4u + 1u][local.x];
      let w2 = tile_w[q * 4u + 2u][local.x];
      let w3 = tile_w[q * 4u + 3u][local.x];
      for (var r = 0u; r < ROWS; r++) {
        let a = tile_x[local.y * ROWS + r][q];
        sum[r] += a.x * w0 + a.y * w1 + a.z * w2 + a.w * w3;
      }
    }
    workgroupBarrier();
  }
  if (col >= N) { return; }
  for (var r = 0u; r < ROWS; r++) {
    let row = row0 + local.y * ROWS + r;
    if (row < M) { emit(group.z * M + row, col, sum[r]); }
  }
}
