// y = exp(x - max x) / sum exp(x - max x) along rows, or its logarithm x - max x - log sum.
// LANES invocations share a row, four elements at a time; `total` and `highest` combine them: one invocation a row
// (the defaults), a subgroup, or a workgroup with shared memory.
#import grid

override ROWS: u32;
override COLS: u32;                                 // elements of a row
override LANES: u32;                                // divides WG
override WG: u32;
override LOG: bool;                                 // LogSoftmax

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn total(v: f32, lane: u32) -> f32 { return v; }
fn highest(v: f32, lane: u32) -> f32 { return v; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const LOWEST = vec4<f32>(-3.4028234e38);

// Lanes behind the row's end do not count.
fn quad(row: u32, col: u32) -> vec4<f32> {
  let v = read_x(row, col);
  if (COLS % 4u == 0u) { return v; }
  return select(LOWEST, v, vec4<u32>(col) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(COLS));
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let row = min(i / LANES, ROWS - 1u);
  let lane = i % LANES;

  var top4 = LOWEST;
  for (var c = lane * 4u; c < COLS; c += LANES * 4u) { top4 = max(top4, quad(row, c)); }
  let top = highest(max(max(top4.x, top4.y), max(top4.z, top4.w)), lane);

  var sum4 = vec4<f32>();
  for (var c = lane * 4u; c < COLS; c += LANES * 4u) { sum4 += exp(quad(row, c) - top); }
  let sum = total(sum4.x + sum4.y + sum4.z + sum4.w, lane);

  if (i / LANES >= ROWS) { return; }
  let scale = 1.0 / sum;
  let shift = top + log(sum);
  for (var c = lane * 4u; c < COLS; c += LANES * 4u) {
    let v = quad(row, c);
    if (LOG) { write(row, c, v - shift); } else { write(row, c, exp(v - top) * scale); }
  }
}
