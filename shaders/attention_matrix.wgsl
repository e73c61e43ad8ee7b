// y[b, n, h, :] = sum over m of softmax_m(q[b, n, h, :] · k[b, m, h, :] · scale_of(h) + bias_at(b, h, n, m)) v[b, m, h, :]
// by subgroup matrices, f16 with sums in f32, one pass over the keys. SY × SX subgroups make QUERIES queries of one head,
// KEYS keys at a time: scores by matrices to workgroup memory; their exponentials, in f16, from there by LANES_Q lanes a
// query; values by matrices, whose sums stay in registers. Exponents are relative to a maximum that follows the running
// one only where that has grown by more than SLACK: the sums are seldom scaled again.
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
override QUERIES: u32;
override KEYS: u32;
override MM: u32;                                   // the matrices: MM × KK times KK × NN
override NN: u32;
override KK: u32;
override SY: u32;
override SX: u32;
override LANES: u32;                                // the adapter's largest subgroup
override SPARE: bool;                               // subgroups may be smaller, and more than SY × SX
override ROLLED: bool = false;                      // keep loops over matrices loops: for compilers of software adapters

alias elem = vec4<f16>;
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

const WG: u32 = SY * SX * LANES;
const SPAN: u32 = (D + KK - 1u) / KK * KK;          // head sizes as matrices cover them
const SPAN_V: u32 = (DV + SX * NN - 1u) / (SX * NN) * SX * NN;
const RM: u32 = QUERIES / SY / MM;                  // matrices of a subgroup
const RN: u32 = KEYS / SX / NN;
const RV: u32 = SPAN_V / SX / NN;
const DEPTH: u32 = SPAN / KK;
const QUADS: u32 = SPAN / 4u;
const QUADS_V: u32 = SPAN_V / 4u;
const QUADS_P: u32 = KEYS / 4u;
const STRIDE: u32 = QUADS + 2u;                     // rows beside each other in other banks
const STRIDE_V: u32 = QUADS_V + 2u;
const STRIDE_P: u32 = QUADS_P + 2u;
const STRIDE_S: u32 = QUADS_P + 1u;
const LOADS: u32 = (KEYS * QUADS + WG - 1u) / WG;
const LOADS_V: u32 = (KEYS * QUADS_V + WG - 1u) / WG;
const LANES_Q: u32 = WG / QUERIES;
const MINE: u32 = QUADS_P / LANES_Q;                // quads of scores of a lane
const BAND: u32 = SX * NN / 4u;                     // quads of results a turn
const LOWEST: f32 = -3.4028234e38;
const SLACK: f32 = 8.0;                             // e^8 leaves f16 room

var<workgroup> tile_p: array<vec4<f16>, QUERIES * max(STRIDE, STRIDE_P)>;  // queries, then exponentials
var<workgroup> tile_k: array<vec4<f16>, KEYS * STRIDE>;
var<workgroup> tile_v: array<vec4<f16>, KEYS * STRIDE_V>;
var<workgroup> scores: array<vec4<f32>, QUERIES * STRIDE_S>;
var<workgroup> factor: array<f32, QUERIES>;
var<workgroup> inverse_k: array<f32, KEYS>;
var<workgroup> grown: atomic<u32>;

fn inverse_norm(square: f32) -> f32 { return 1.0 / max(sqrt(square), LEAST); }
fn across(s: vec4<f32>) -> f32 { return s.x + s.y + s.z + s.w; }

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) place: u32,
  @builtin(subgroup_size) size: u32,
) {
  let n0 = group.x * QUERIES;
  let h = group.y;
  let b = group.z;
  let sy = subgroup / SX;
  let sx = subgroup % SX;
  let works = !SPARE || subgroup < SY * SX;
  var depth_p = KEYS;
  if (ROLLED) { depth_p = run_time(KEYS, arrayLength(&q)); }

  for (var i = lane; i < QUERIES * QUADS; i += WG) {
    var query = vec4<f16>();
    if (i % QUADS * 4u < D) { query = q[(query_row(b, min(n0 + i / QUADS, N - 1u)) * Q_ROW + Q_AT + h * Q_STEP) / 4u + i % QUADS]; }
    tile_p[i / QUADS * STRIDE + i % QUADS] = query;
  }
  if (lane == 0u) { atomicStore(&grown, 0u); }
  workgroupBarrier();
  // The query whose softmax this lane shares.
  let row = (subgroup * size + place) / LANES_Q;
  let part = (subgroup * size + place) % LANES_Q;
  let n = min(n0 + row, N - 1u);
  var scale = scale_of(h);
  if (NORMALISE) {
    var square = vec4<f32>();
    for (var d = 0u; d < QUADS; d++) {
      let query = vec4<f32>(tile_p[row * STRIDE + d]);
      square += query * query;
    }
    scale *= inverse_norm(across(square));
  }
  var left: array<array<subgroup_matrix_left<f16, KK, MM>, DEPTH>, RM>;
  if (works) {
    for (var i = 0u; i < RM; i++) {
      for (var d = 0u; d < DEPTH; d++) {
        left[i][d] = subgroupMatrixLoad<subgroup_matrix_left<f16, KK, MM>, row_major>(&tile_p, (sy * RM + i) * MM * STRIDE + d * KK / 4u, STRIDE);
      }
    }
  }
  workgroupBarrier();

  var next_k: array<vec4<f16>, LOADS>;
  var next_v: array<vec4<f16>, LOADS_V>;
  var sum: array<array<subgroup_matrix_result<f32, NN, MM>, RV>, RM>;
  var total = 0.0;
  var top = LOWEST;
  let end = run_time(M, arrayLength(&q));
  for (var m0 = 0u; m0 < end + KEYS; m0 += KEYS) {
    // Keys and values of this turn; those of the turn before lie in workgroup memory.
    if (m0 < end) {
      for (var i = 0u; i < LOADS; i++) {
        let m = m0 + (lane + i * WG) / QUADS;
        let d = (lane + i * WG) % QUADS;
        next_k[i] = vec4<f16>();
        if (m < M && d * 4u < D) { next_k[i] = k[(key_row(b, m) * K_ROW + K_AT + h * K_STEP) / 4u + d]; }
      }
      for (var i = 0u; i < LOADS_V; i++) {
        let m = m0 + (lane + i * WG) / QUADS_V;
        let d = (lane + i * WG) % QUADS_V;
        next_v[i] = vec4<f16>();
        if (m < M && d * 4u < DV) { next_v[i] = v[(key_row(b, m) * V_ROW + V_AT + h * V_STEP) / 4u + d]; }
      }
    }
    if (m0 > 0u) {
      let first = m0 - KEYS;
      if (works) {
        for (var j = 0u; j < RN; j++) {
          var score: array<subgroup_matrix_result<f32, NN, MM>, RM>;
          // Said aloud: in a loop, compilers keep what the turn before left in matrices.
          for (var i = 0u; i < RM; i++) { score[i] = subgroup_matrix_result<f32, NN, MM>(); }
          for (var d = 0u; d < DEPTH; d++) {
            let right = subgroupMatrixLoad<subgroup_matrix_right<f16, NN, KK>, col_major>(&tile_k, (sx * RN + j) * NN * STRIDE + d * KK / 4u, STRIDE);
            for (var i = 0u; i < RM; i++) { score[i] = subgroupMatrixMultiplyAccumulate(left[i][d], right, score[i]); }
          }
          for (var i = 0u; i < RM; i++) {
            subgroupMatrixStore<row_major>(&scores, (sy * RM + i) * MM * STRIDE_S + (sx * RN + j) * NN / 4u, score[i], STRIDE_S);
          }
        }
      }
      if (NORMALISE) {
        for (var j = lane; j < KEYS; j += WG) {
          var square = vec4<f32>();
          for (var d = 0u; d < QUADS; d++) {
            let key = vec4<f32>(tile_k[j * STRIDE + d]);
            square += key * key;
          }
          inverse_k[j] = inverse_norm(across(square));
        }
      }
      workgroupBarrier();

      var s: array<vec4<f32>, MINE>;
      var peak = LOWEST;
      for (var i = 0u; i < MINE; i++) {
        let c = part + i * LANES_Q;
        s[i] = scores[row * STRIDE_S + c] * scale;
        for (var l = 0u; l < 4u; l++) {
          let m = first + c * 4u + l;
          if (NORMALISE) { s[i][l] *= inverse_k[c * 4u + l]; }
          s[i][l] = select(LOWEST, s[i][l] + bias_at(b, h, n, min(m, M - 1u)), m < M);
          peak = max(peak, s[i][l]);
        }
      }
      for (var other = 1u; other < LANES_Q; other *= 2u) { peak = max(peak, subgroupShuffleXor(peak, other)); }
      let grows = peak > top + SLACK || (top == LOWEST && peak > LOWEST);
      let fresh = select(top, peak, grows);
      let shrink = exp(top - fresh);
      total *= shrink;
      for (var i = 0u; i < MINE; i++) {
        let c = part + i * LANES_Q;
        let m = vec4<u32>(first + c * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
        let p = vec4<f16>(select(vec4<f32>(), exp(s[i] - fresh), m < vec4<u32>(M)));
        total += across(vec4<f32>(p));
        tile_p[row * STRIDE_P + c] = p;
      }
      top = fresh;
      if (part == 0u) { factor[row] = shrink; }
      if (grows) { atomicStore(&grown, 1u); }

      let again = workgroupUniformLoad(&grown);
      if (again != 0u) {
        for (var j = 0u; j < RV; j++) {
          if (works) {
            for (var i = 0u; i < RM; i++) {
              subgroupMatrixStore<row_major>(&scores, (sy * RM + i) * MM * STRIDE_S + sx * NN / 4u, sum[i][j], STRIDE_S);
            }
          }
          workgroupBarrier();
          for (var i = lane; i < QUERIES * BAND; i += WG) { scores[i / BAND * STRIDE_S + i % BAND] *= factor[i / BAND]; }
          workgroupBarrier();
          if (works) {
            for (var i = 0u; i < RM; i++) {
              sum[i][j] = subgroupMatrixLoad<subgroup_matrix_result<f32, NN, MM>, row_major>(&scores, (sy * RM + i) * MM * STRIDE_S + sx * NN / 4u, STRIDE_S);
            }
          }
          workgroupBarrier();
        }
        if (lane == 0u) { atomicStore(&grown, 0u); }
      }
      if (works) {
        for (var d = 0u; d < depth_p; d += KK) {
          var weights: array<subgroup_matrix_left<f16, KK, MM>, RM>;
          for (var i = 0u; i < RM; i++) {
            weights[i] = subgroupMatrixLoad<subgroup_matrix_left<f16, KK, MM>, row_major>(&tile_p, (sy * RM + i) * MM * STRIDE_P + d / 4u, STRIDE_P);
          }
          for (var j = 0u; j < RV; j++) {
            let right = subgroupMatrixLoad<subgroup_matrix_right<f16, NN, KK>, row_major>(&tile_v, d * STRIDE_V + (sx * RV + j) * NN / 4u, STRIDE_V);
            for (var i = 0u; i < RM; i++) { sum[i][j] = subgroupMatrixMultiplyAccumulate(weights[i], right, sum[i][j]); }
          }
        }
      }
      workgroupBarrier();
    }
    if (m0 < end) {
      for (var i = 0u; i < LOADS; i++) {
        let at = lane + i * WG;
        if (KEYS * QUADS % WG == 0u || at < KEYS * QUADS) { tile_k[at / QUADS * STRIDE + at % QUADS] = next_k[i]; }
      }
      for (var i = 0u; i < LOADS_V; i++) {
        let at = lane + i * WG;
        if (KEYS * QUADS_V % WG == 0u || at < KEYS * QUADS_V) { tile_v[at / QUADS_V * STRIDE_V + at % QUADS_V] = next_v[i]; }
      }
      workgroupBarrier();
    }
  }

  for (var other = 1u; other < LANES_Q; other *= 2u) { total += subgroupShuffleXor(total, other); }
  if (part == 0u) { factor[row] = 1.0 / total; }
  for (var j = 0u; j < RV; j++) {
    if (works) {
      for (var i = 0u; i < RM; i++) {
        subgroupMatrixStore<row_major>(&scores, (sy * RM + i) * MM * STRIDE_S + sx * NN / 4u, sum[i][j], STRIDE_S);
      }
    }
    workgroupBarrier();
    for (var i = lane; i < run_time(QUERIES * BAND, arrayLength(&q)); i += WG) {
      let token = n0 + i / BAND;
      let d = (i % BAND * 4u / NN * RV + j) * NN + i % BAND * 4u % NN;
      if (token < N && d < DV) { write(query_row(b, token), h * DV + d, scores[i / BAND * STRIDE_S + i % BAND] * factor[i / BAND]); }
    }
    workgroupBarrier();
  }
}
