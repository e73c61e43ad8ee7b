// y[b, n, h, :] = sum over m of softmax_m(q[b, n, h, :] · k[b, m, h, :] · scale_of(h) + bias_at(b, h, n, m)) v[b, m, h, :],
// one pass over the keys with a running maximum. One invocation makes one query of one head; keys and values are the same
// for all lanes of a workgroup. Token n of q lies in row query_row(b, n), in heads Q_STEP elements apart; k, v alike.
#import run_time

override N: u32;                                    // queries
override M: u32;                                    // keys
override D: u32;                                    // head size of q and k
override DV: u32;                                   // head size of v
override COLS: u32;                                 // heads · DV
override SCALE: f32;
override NORMALISE: bool = false;                   // q and k of a head are divided by their norms
override LEAST: f32 = 0.0;                          // what a norm counts as at least
override Q_ROW: u32;                                // elements of a row
override Q_AT: u32 = 0;                             // first element of the row
override Q_STEP: u32;                               // elements from head to head
override K_ROW: u32;
override K_AT: u32 = 0;
override K_STEP: u32;
override V_ROW: u32;
override V_AT: u32 = 0;
override V_STEP: u32;
override BLOCK: u32 = 8;                            // keys between two rescalings
override WG: u32 = 8;

alias elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> q: array<elem>;
@group(0) @binding(1) var<storage, read> k: array<elem>;
@group(0) @binding(2) var<storage, read> v: array<elem>;
@group(0) @binding(3) var<storage, read_write> y: array<out>;

fn query_row(b: u32, n: u32) -> u32 { return b * N + n; }
fn key_row(b: u32, m: u32) -> u32 { return b * M + m; }
fn scale_of(h: u32) -> f32 { return SCALE; }
fn bias_at(b: u32, h: u32, n: u32, m: u32) -> f32 { return 0.0; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const QUADS: u32 = D / 4u;
const QUADS_V: u32 = DV / 4u;
const LOWEST: f32 = -3.4028234e38;

fn inverse_norm(square: f32) -> f32 { return 1.0 / max(sqrt(square), LEAST); }
fn across(s: vec4<f32>) -> f32 { return s.x + s.y + s.z + s.w; }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let n = id.x;
  let h = group.y;
  let b = group.z;
  if (n >= N) { return; }
  let row = query_row(b, n);
  var query: array<vec4<f32>, QUADS>;
  let q0 = (row * Q_ROW + Q_AT + h * Q_STEP) / 4u;
  var square = vec4<f32>();
  for (var d = 0u; d < QUADS; d++) {
    query[d] = vec4<f32>(q[q0 + d]);
    if (NORMALISE) { square += query[d] * query[d]; }
  }
  var scale = scale_of(h);
  if (NORMALISE) { scale *= inverse_norm(across(square)); }
  var sum: array<vec4<f32>, QUADS_V>;
  var total = 0.0;
  var top = LOWEST;
  let block = run_time(BLOCK, arrayLength(&k));
  for (var m0 = 0u; m0 < M; m0 += BLOCK) {
    var score: array<f32, BLOCK>;
    var peak = top;
    for (var j = 0u; j < block; j++) {
      let m = min(m0 + j, M - 1u);
      let k0 = (key_row(b, m) * K_ROW + K_AT + h * K_STEP) / 4u;
      var s = vec4<f32>();
      var length = vec4<f32>();
      for (var d = 0u; d < QUADS; d++) {
        let key = vec4<f32>(k[k0 + d]);
        s += query[d] * key;
        if (NORMALISE) { length += key * key; }
      }
      var whole = across(s) * scale;
      if (NORMALISE) { whole *= inverse_norm(across(length)); }
      score[j] = select(LOWEST, whole + bias_at(b, h, n, m), m0 + j < M);
      peak = max(peak, score[j]);
    }
    let shrink = exp(top - peak);
    total *= shrink;
    for (var d = 0u; d < QUADS_V; d++) { sum[d] *= shrink; }
    for (var j = 0u; j < block && m0 + j < M; j++) {
      let p = exp(score[j] - peak);
      total += p;
      let v0 = (key_row(b, m0 + j) * V_ROW + V_AT + h * V_STEP) / 4u;
      for (var d = 0u; d < QUADS_V; d++) { sum[d] += p * vec4<f32>(v[v0 + d]); }
    }
    top = peak;
  }
  // A copy, so that this loop is not unrolled and the sums stay in registers all the same.
  var result = sum;
  for (var d = 0u; d < run_time(QUADS_V, arrayLength(&k)); d++) { write(row, h * DV + d * 4u, result[d] / total); }
}
