// y[b, n, h, :] = sum over m of softmax_m(q[b, n, h, :] · k[b, m, h, :] · scale_of(h) + bias_at(b, h, n, m)) v[b, m, h, :],
// one pass over the keys with a running maximum. For software adapters, whose loads cost more than their arithmetic: a
// workgroup is one subgroup of 8 lanes, which makes ROWS queries of one head. A lane holds the scores of four keys, then
// makes columns of y; queries and weights reach the others by shuffles. No shared memory and no barrier. Token n of q
// lies in row query_row(b, n), in heads Q_STEP elements apart; k and v alike. Sizes are data, so that attentions that
// differ in them alone are one kernel.
#import run_time

override D: u32;                                    // head size of q and k
override DV: u32;                                   // columns of v that a workgroup makes
override SCALE: f32;
override NORMALISE: bool = false;                   // q and k of a head are divided by their norms
override LEAST: f32 = 0.0;                          // what a norm counts as at least
override BIASED: bool = false;
override ROWS: u32 = 8;                             // at most 8

alias elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> q: array<elem>;
@group(0) @binding(1) var<storage, read> k: array<elem>;
@group(0) @binding(2) var<storage, read> v: array<elem>;
@group(0) @binding(3) var<storage, read> sizes: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<out>;

fn query_row(b: u32, n: u32) -> u32 { return b * N + n; }
fn key_row(b: u32, m: u32) -> u32 { return b * M + m; }
fn scale_of(h: u32) -> f32 { return SCALE; }
fn bias_at(b: u32, h: u32, n: u32, m: u32) -> f32 { return 0.0; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

var<private> N: u32;                                // queries
var<private> M: u32;                                // keys
var<private> COLS: u32;                             // heads · head size of v
var<private> bias_step: vec4<u32>;                  // strides of the bias: batch, head, query, key
var<private> mask_step: vec4<u32>;

const VECTORS: u32 = (DV + 31u) / 32u;              // of y, a lane and query
const LOWEST: f32 = -3.4028234e38;

alias Scores = array<vec4<f32>, ROWS>;

var<private> offset: Scores;
var<private> result: array<vec4<f32>, ROWS * VECTORS>;
var<private> divisor: array<f32, ROWS>;

fn across(s: vec4<f32>) -> f32 { return s.x + s.y + s.z + s.w; }

// The greatest value, and the sum, of all lanes.
fn peak_of(x: f32) -> f32 {
  let a = max(x, subgroupShuffleXor(x, 1u));
  let b = max(a, subgroupShuffleXor(a, 2u));
  return max(b, subgroupShuffleXor(b, 4u));
}
fn total_of(x: f32) -> f32 {
  let a = x + subgroupShuffleXor(x, 1u);
  let b = a + subgroupShuffleXor(a, 2u);
  return b + subgroupShuffleXor(b, 4u);
}

// Adds to every score its query's element of x, which lane r holds for row r, times those of the lane's four keys.
fn add(scores: ptr<function, Scores>, x: f32, keys: vec4<f32>) {
  for (var r = 0u; r < ROWS; r++) { scores[r] += subgroupShuffle(x, r) * keys; }
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  N = sizes[0];
  M = sizes[1];
  COLS = sizes[2];
  bias_step = vec4<u32>(sizes[13], sizes[14], sizes[15], sizes[16]);
  mask_step = vec4<u32>(sizes[17], sizes[18], sizes[19], sizes[20]);
  let parts = sizes[3];                             // workgroups that share a head's columns of v
  let h = group.y / parts;
  let part = group.y % parts;
  let b = group.z;
  let first = group.x * ROWS;
  let scale = scale_of(h);
  let keys = sizes[1];
  let depth = run_time(D, arrayLength(&k));
  let lanes = run_time(8u, arrayLength(&k));
  let rows = run_time(ROWS, arrayLength(&k));
  let q_at = query_row(b, min(first + lane, N - 1u)) * sizes[4] + sizes[5] + h * sizes[6];
  let k_row = sizes[7];
  let k_at = sizes[8] + h * sizes[9];
  let v_row = sizes[10];
  let v_at = sizes[11] + h * sizes[12] + part * DV + lane * 4u;
  var top: array<f32, ROWS>;
  var total: array<f32, ROWS>;
  var sum: array<vec4<f32>, ROWS * VECTORS>;
  for (var r = 0u; r < ROWS; r++) { top[r] = LOWEST; }

  for (var m0 = 0u; m0 < keys; m0 += 32u) {
    let m = vec4<u32>(m0 + lane * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let near = min(m, vec4<u32>(M - 1u));
    let at = vec4<u32>(k_at) + k_row * vec4<u32>(key_row(b, near.x), key_row(b, near.y), key_row(b, near.z), key_row(b, near.w));
    if (BIASED) {
      for (var r = 0u; r < rows; r++) {
        let n = min(first + r, N - 1u);
        offset[r] = vec4<f32>(bias_at(b, h, n, near.x), bias_at(b, h, n, near.y), bias_at(b, h, n, near.z), bias_at(b, h, n, near.w));
      }
    }
    var score = Scores();                           // lavapipe leaves it as it was without the value
    var square = vec4<f32>();
    var length = vec4<f32>();
    for (var d = 0u; d < depth; d += 4u) {
      let a = vec4<f32>(q[(q_at + d) / 4u]);
      let k0 = vec4<f32>(k[(at.x + d) / 4u]);
      let k1 = vec4<f32>(k[(at.y + d) / 4u]);
      let k2 = vec4<f32>(k[(at.z + d) / 4u]);
      let k3 = vec4<f32>(k[(at.w + d) / 4u]);
      add(&score, a.x, vec4<f32>(k0.x, k1.x, k2.x, k3.x));
      add(&score, a.y, vec4<f32>(k0.y, k1.y, k2.y, k3.y));
      add(&score, a.z, vec4<f32>(k0.z, k1.z, k2.z, k3.z));
      add(&score, a.w, vec4<f32>(k0.w, k1.w, k2.w, k3.w));
      if (NORMALISE) {
        square += a * a;
        length += vec4<f32>(dot(k0, k0), dot(k1, k1), dot(k2, k2), dot(k3, k3));
      }
    }
    var factor = vec4<f32>(scale);
    var own = 1.0;
    if (NORMALISE) {
      factor = scale / max(sqrt(length), vec4<f32>(LEAST));
      own = 1.0 / max(sqrt(across(square)), LEAST);
    }
    for (var r = 0u; r < ROWS; r++) {
      var s = score[r] * factor;
      if (NORMALISE) { s *= subgroupShuffle(own, r); }
      if (BIASED) { s += offset[r]; }
      s = select(vec4<f32>(LOWEST), s, m < vec4<u32>(M));
      let peak = max(top[r], peak_of(max(max(s.x, s.y), max(s.z, s.w))));
      let shrink = exp(top[r] - peak);
      score[r] = select(vec4<f32>(), exp(s - peak), m < vec4<u32>(M));
      total[r] = total[r] * shrink + across(score[r]);
      for (var j = 0u; j < VECTORS; j++) { sum[r * VECTORS + j] *= shrink; }
      top[r] = peak;
    }
    for (var l = 0u; l < lanes; l++) {
      for (var c = 0u; c < 4u; c++) {
        let at_v = key_row(b, min(m0 + l * 4u + c, M - 1u)) * v_row + v_at;
        var x: array<vec4<f32>, VECTORS>;
        for (var j = 0u; j < VECTORS; j++) { x[j] = vec4<f32>(v[(at_v + j * 32u) / 4u]); }
        for (var r = 0u; r < ROWS; r++) {
          let weight = subgroupShuffle(score[r][c], l);
          for (var j = 0u; j < VECTORS; j++) { sum[r * VECTORS + j] += weight * x[j]; }
        }
      }
    }
  }
  for (var r = 0u; r < ROWS; r++) { divisor[r] = total_of(total[r]); }
  // Copies, so that the loop over rows is not unrolled and the sums stay in registers all the same.
  result = sum;
  for (var i = 0u; i < rows * VECTORS; i++) {
    let r = i / VECTORS;
    let col = lane * 4u + i % VECTORS * 32u;
    if (first + r < N && col < DV) { write(query_row(b, first + r), group.y * DV + col, result[i] / divisor[r]); }
  }
}
