// y = affine((x - mean) / sqrt(mean((x - mean)^2) + epsilon)) along rows; without CENTRE the mean is taken as 0 (RMS).
// The variance is summed about the mean, in f32. LANES invocations share a row, four elements at a time; `total` adds
// them up: one invocation a row (the default), a subgroup, or a workgroup with shared memory.
#import grid

override ROWS: u32;
override COLS: u32;                                 // elements of a row
override LANES: u32;                                // divides WG
override WG: u32;
override EPSILON: f32;
override CENTRE: bool;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn total(v: f32, lane: u32) -> f32 { return v; }
fn affine(v: vec4<f32>, row: u32, col: u32) -> vec4<f32> { return v; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

// The distance from the mean; 0 behind the row's end.
fn away(row: u32, col: u32, mean: f32) -> vec4<f32> {
  let v = read_x(row, col) - mean;
  if (COLS % 4u == 0u) { return v; }
  return select(vec4<f32>(), v, vec4<u32>(col) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(COLS));
}

fn across(v: vec4<f32>, lane: u32) -> f32 {
  return total(v.x + v.y + v.z + v.w, lane) / f32(COLS);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let row = min(i / LANES, ROWS - 1u);
  let lane = i % LANES;

  var mean = 0.0;
  if (CENTRE) {
    var sum = vec4<f32>();
    for (var c = lane * 4u; c < COLS; c += LANES * 4u) { sum += away(row, c, 0.0); }
    mean = across(sum, lane);
  }
  var square = vec4<f32>();
  for (var c = lane * 4u; c < COLS; c += LANES * 4u) {
    let v = away(row, c, mean);
    square += v * v;
  }
  let inverse = inverseSqrt(across(square, lane) + EPSILON);

  if (i / LANES >= ROWS) { return; }
  for (var c = lane * 4u; c < COLS; c += LANES * 4u) {
    write(row, c, affine((read_x(row, c) - mean) * inverse, row, c));
  }
}
