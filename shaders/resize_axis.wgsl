// One axis resampled: y[o, i, c] = sum over k of weight[i, k] x[o, index[i, k], c], or FILL where index[i, 0] is negative.
// `table` holds TAPS indices for every i, then TAPS weights (the bits of floats) for every i.
// One invocation makes four consecutive elements of y.
#import grid
#import run_time

override ROWS: u32;                                 // of y, as it is written
override COLS: u32;
override COUNT: u32;                                // elements of y
override INPUT: u32;                                // the axis in x
override OUTPUT: u32;                               // the axis in y
override INNER: u32;                                // elements behind the axis
override TAPS: u32;
override FILL: f32;
override WG: u32 = 64;

alias x_elem = f32;
alias num = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> table: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

fn element(at: u32) -> num {
  let i = min(at, COUNT - 1u);
  let first = i / INNER % OUTPUT * TAPS;
  if (table[first] < 0) { return num(FILL); }
  let plane = i / (INNER * OUTPUT) * INPUT;
  let taps = run_time(TAPS, arrayLength(&x));
  var sum = num();
  for (var k = first; k < first + taps; k++) {
    let weight = bitcast<f32>(table[OUTPUT * TAPS + k]);
    sum += num(weight) * num(x[(plane + u32(table[k])) * INNER + i % INNER]);
  }
  return sum;
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  let row = i / quads;
  let col = i % quads * 4u;
  var v = vec4<num>();
  for (var lane = 0u; lane < 4u; lane++) { v[lane] = element(row * COLS + col + lane); }
  write(row, col, value(v));
}
