// y[b, n, h, :] = sum over m of softmax_m(q[b, n, h, :] · k[b, m, h, :] · scale_of(h) + bias_at(b, h, n, m)) v[b, m, h, :],
// one pass over the keys with a running maximum. For software adapters, whose loads cost more than their arithmetic: a
// workgroup is one subgroup of 8 lanes, which makes ROWS queries of one head. A lane holds the scores of four keys, then
// makes columns of y; queries and weights reach the others by broadcast. No shared memory and no barrier. Token n of q
// lies in row query_row(b, n), in heads Q_STEP elements apart; k and v alike.
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
override ROWS: u32 = 8;

alias q_elem = f32;
alias elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> q: array<q_elem>;
@group(0) @binding(1) var<storage, read> k: array<elem>;
@group(0) @binding(2) var<storage, read> v: array<elem>;
@group(0) @binding(3) var<storage, read_write> y: array<out>;

fn query_row(b: u32, n: u32) -> u32 { return b * N + n; }
fn key_row(b: u32, m: u32) -> u32 { return b * M + m; }
fn scale_of(h: u32) -> f32 { return SCALE; }
fn bias_at(b: u32, h: u32, n: u32, m: u32) -> f32 { return 0.0; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const VECTORS: u32 = (DV + 31u) / 32u;              // of y, a lane and query
const LOWEST: f32 = -3.4028234e38;

var<private> a: array<f32, ROWS>;
var<private> square: array<f32, ROWS>;
var<private> score: array<vec4<f32>, ROWS>;
var<private> top: array<f32, ROWS>;
var<private> total: array<f32, ROWS>;
var<private> sum: array<vec4<f32>, ROWS * VECTORS>;
var<private> result: array<vec4<f32>, ROWS * VECTORS>;
var<private> divisor: array<f32, ROWS>;
var<private> row: array<u32, ROWS>;

fn inverse_norm(square: f32) -> f32 { return 1.0 / max(sqrt(square), LEAST); }
fn value_of(b: u32, h: u32, m: u32, col: u32) -> vec4<f32> {
  let at = key_row(b, min(m, M - 1u)) * V_ROW + V_AT + h * V_STEP;
  return vec4<f32>(v[(at + min(col, DV - 4u)) / 4u]);
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let first = group.x * ROWS;
  let h = group.y;
  let b = group.z;
  let scale = scale_of(h);
  for (var r = 0u; r < ROWS; r++) {
    row[r] = query_row(b, min(first + r, N - 1u));
    top[r] = LOWEST;
  }
  let depth = run_time(D, arrayLength(&k));
  let quarters = run_time(4u, arrayLength(&k));
  for (var m0 = 0u; m0 < M; m0 += 32u) {
    let m = m0 + lane * 4u;
    let at = vec4<u32>(K_AT + h * K_STEP) + K_ROW * vec4<u32>(
      key_row(b, min(m, M - 1u)), key_row(b, min(m + 1u, M - 1u)), key_row(b, min(m + 2u, M - 1u)), key_row(b, min(m + 3u, M - 1u)));
    var length = vec4<f32>();
    for (var r = 0u; r < ROWS; r++) {
      score[r] = vec4<f32>();
      square[r] = 0.0;
    }
    for (var d = 0u; d < depth; d += 8u) {
      for (var r = 0u; r < ROWS; r++) {
        // Beyond D the query is 0, so any element of the key will do.
        a[r] = select(0.0, f32(q[row[r] * Q_ROW + Q_AT + h * Q_STEP + min(d + lane, D - 1u)]), d + lane < D);
        if (NORMALISE) { square[r] += a[r] * a[r]; }
      }
      let low0 = vec4<f32>(k[(at.x + d) / 4u]);
      let low1 = vec4<f32>(k[(at.y + d) / 4u]);
      let low2 = vec4<f32>(k[(at.z + d) / 4u]);
      let low3 = vec4<f32>(k[(at.w + d) / 4u]);
      let k0 = vec4<f32>(low0.x, low1.x, low2.x, low3.x);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 0u) * k0; }
      if (NORMALISE) { length += k0 * k0; }
      let k1 = vec4<f32>(low0.y, low1.y, low2.y, low3.y);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 1u) * k1; }
      if (NORMALISE) { length += k1 * k1; }
      let k2 = vec4<f32>(low0.z, low1.z, low2.z, low3.z);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 2u) * k2; }
      if (NORMALISE) { length += k2 * k2; }
      let k3 = vec4<f32>(low0.w, low1.w, low2.w, low3.w);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 3u) * k3; }
      if (NORMALISE) { length += k3 * k3; }
      if (D % 8u != 0u && d + 4u >= D) { continue; }
      let high0 = vec4<f32>(k[(at.x + d) / 4u + 1u]);
      let high1 = vec4<f32>(k[(at.y + d) / 4u + 1u]);
      let high2 = vec4<f32>(k[(at.z + d) / 4u + 1u]);
      let high3 = vec4<f32>(k[(at.w + d) / 4u + 1u]);
      let k4 = vec4<f32>(high0.x, high1.x, high2.x, high3.x);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 4u) * k4; }
      if (NORMALISE) { length += k4 * k4; }
      let k5 = vec4<f32>(high0.y, high1.y, high2.y, high3.y);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 5u) * k5; }
      if (NORMALISE) { length += k5 * k5; }
      let k6 = vec4<f32>(high0.z, high1.z, high2.z, high3.z);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 6u) * k6; }
      if (NORMALISE) { length += k6 * k6; }
      let k7 = vec4<f32>(high0.w, high1.w, high2.w, high3.w);
      for (var r = 0u; r < ROWS; r++) { score[r] += subgroupBroadcast(a[r], 7u) * k7; }
      if (NORMALISE) { length += k7 * k7; }
    }
    if (NORMALISE) { length = 1.0 / max(sqrt(length), vec4<f32>(LEAST)); }
    for (var r = 0u; r < ROWS; r++) {
      let n = min(first + r, N - 1u);
      var factor = vec4<f32>(scale);
      if (NORMALISE) { factor = length * (scale * inverse_norm(subgroupAdd(square[r]))); }
      let bias = vec4<f32>(
        bias_at(b, h, n, min(m, M - 1u)), bias_at(b, h, n, min(m + 1u, M - 1u)), bias_at(b, h, n, min(m + 2u, M - 1u)), bias_at(b, h, n, min(m + 3u, M - 1u)));
      let inside = vec4<u32>(m) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(M);
      let s = select(vec4<f32>(LOWEST), score[r] * factor + bias, inside);
      let peak = max(top[r], subgroupMax(max(max(s.x, s.y), max(s.z, s.w))));
      let shrink = exp(top[r] - peak);
      score[r] = select(vec4<f32>(), exp(s - peak), inside);
      total[r] = total[r] * shrink + score[r].x + score[r].y + score[r].z + score[r].w;
      for (var j = 0u; j < VECTORS; j++) { sum[r * VECTORS + j] *= shrink; }
      top[r] = peak;
    }
    // Key m0 + 4 l + c of lane l: the c-th component, which is turned to the front.
    for (var c = 0u; c < quarters; c++) {
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 0u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 0u) * x; }
      }
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 4u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 1u) * x; }
      }
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 8u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 2u) * x; }
      }
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 12u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 3u) * x; }
      }
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 16u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 4u) * x; }
      }
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 20u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 5u) * x; }
      }
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 24u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 6u) * x; }
      }
      for (var j = 0u; j < VECTORS; j++) {
        let x = value_of(b, h, m0 + 28u + c, lane * 4u + j * 32u);
        for (var r = 0u; r < ROWS; r++) { sum[r * VECTORS + j] += subgroupBroadcast(score[r].x, 7u) * x; }
      }
      for (var r = 0u; r < ROWS; r++) { score[r] = score[r].yzwx; }
    }
  }
  for (var r = 0u; r < ROWS; r++) { divisor[r] = subgroupAdd(total[r]); }
  // Copies, so that the loop over rows is not unrolled and the sums stay in registers all the same.
  result = sum;
  for (var i = 0u; i < run_time(ROWS * VECTORS, arrayLength(&k)); i++) {
    let r = i / VECTORS;
    let col = lane * 4u + i % VECTORS * 32u;
    if (first + r < N && col < DV) { write(query_row(b, first + r), h * DV + col, result[i] / divisor[r]); }
  }
}
