// y = x / (bias + alpha / size * sum x^2)^beta, the sum over SIZE neighbouring channels of a channels-last image.
// One invocation makes four channels of one pixel.
#import grid

override ROWS: u32;                                 // pixels
override COLS: u32;                                 // channels
override BEFORE: u32;                               // neighbours before a channel
override AFTER: u32;
override SCALE: f32;                                // alpha / size
override BETA: f32;
override BIAS: f32;
override WG: u32 = 64;

alias x_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

fn normalised(row: u32, c: u32) -> f32 {
  var sum = 0.0;
  for (var k = max(c, BEFORE) - BEFORE; k <= min(c + AFTER, COLS - 1u); k++) {
    let v = f32(x[row * COLS + k]);
    sum += v * v;
  }
  return f32(x[row * COLS + c]) / pow(BIAS + SCALE * sum, BETA);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  let row = i / quads;
  let col = (i % quads) * 4u;
  var v = value();
  for (var lane = 0u; lane < 4u; lane++) { v[lane] = normalised(row, min(col + lane, COLS - 1u)); }
  write(row, col, v);
}
