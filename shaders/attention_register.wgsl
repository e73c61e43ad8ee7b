// y[b, n, h, :] = sum over m of softmax_m(q[b, n, h, :] · k[b, m, h, :] · SCALE + bias[b, h, n, m]) v[b, m, h, :], one
// pass over the keys with a running maximum. One invocation makes one query of one head; keys and values are the same
// for all lanes of a workgroup. Tokens are rows of Q_ROW, K_ROW and V_ROW elements, heads lie side by side in them.
#import run_time

override N: u32;                                    // queries
override M: u32;                                    // keys
override D: u32;                                    // head size of q and k
override DV: u32;                                   // head size of v
override COLS: u32;                                 // heads · DV
override SCALE: f32;
override Q_ROW: u32;
override Q_AT: u32 = 0;                             // first element of the row
override K_ROW: u32;
override K_AT: u32 = 0;
override V_ROW: u32;
override V_AT: u32 = 0;
override BLOCK: u32 = 8;                            // keys between two rescalings
override WG: u32 = 8;

alias elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> q: array<elem>;
@group(0) @binding(1) var<storage, read> k: array<elem>;
@group(0) @binding(2) var<storage, read> v: array<elem>;
@group(0) @binding(3) var<storage, read_write> y: array<out>;

fn bias_at(b: u32, h: u32, n: u32, m: u32) -> f32 { return 0.0; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const QUADS: u32 = D / 4u;
const QUADS_V: u32 = DV / 4u;
const LOWEST: f32 = -3.4028234e38;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let n = id.x;
  let h = group.y;
  let b = group.z;
  if (n >= N) { return; }
  var query: array<vec4<f32>, QUADS>;
  let q0 = ((b * N + n) * Q_ROW + Q_AT + h * D) / 4u;
  for (var d = 0u; d < QUADS; d++) { query[d] = vec4<f32>(q[q0 + d]) * SCALE; }
  var sum: array<vec4<f32>, QUADS_V>;
  var total = 0.0;
  var top = LOWEST;
  let block = run_time(BLOCK, arrayLength(&k));
  for (var m0 = 0u; m0 < M; m0 += BLOCK) {
    var score: array<f32, BLOCK>;
    var peak = top;
    for (var j = 0u; j < block; j++) {
      let m = min(m0 + j, M - 1u);
      let k0 = ((b * M + m) * K_ROW + K_AT + h * D) / 4u;
      var s = vec4<f32>();
      for (var d = 0u; d < QUADS; d++) { s += query[d] * vec4<f32>(k[k0 + d]); }
      let whole = s.x + s.y + s.z + s.w + bias_at(b, h, n, m);
      score[j] = select(LOWEST, whole, m0 + j < M);
      peak = max(peak, score[j]);
    }
    let shrink = exp(top - peak);
    total *= shrink;
    for (var d = 0u; d < QUADS_V; d++) { sum[d] *= shrink; }
    for (var j = 0u; j < block && m0 + j < M; j++) {
      let p = exp(score[j] - peak);
      total += p;
      let v0 = ((b * M + m0 + j) * V_ROW + V_AT + h * DV) / 4u;
      for (var d = 0u; d < QUADS_V; d++) { sum[d] += p * vec4<f32>(v[v0 + d]); }
    }
    top = peak;
  }
  // A copy, so that this loop is not unrolled and the sums stay in registers all the same.
  var result = sum;
  for (var d = 0u; d < run_time(QUADS_V, arrayLength(&k)); d++) { write(b * N + n, h * DV + d * 4u, result[d] / total); }
}
