// Means and sums of squares of chunks, merged over a group of GROUP channels by Chan's rule
//   M2 = sum (M2_i + n_i (mean_i - mean)^2),
// to three rows of numbers a channel: the group's mean, scale / sqrt(M2 / n + epsilon), and bias.
// One invocation makes one channel of one image.
#import grid

override BATCH: u32;
override PIXELS: u32;
override COLS: u32;                                 // channels
override CHUNK: u32;
override GROUP: u32;                                // channels of a group
override EPSILON: f32;
override WG: u32 = 64;

alias s_elem = f32;
alias b_elem = f32;

@group(0) @binding(0) var<storage, read> stats: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<s_elem>;
@group(0) @binding(2) var<storage, read> bias: array<b_elem>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= BATCH * COLS) { return; }
  let stride = (COLS + 3u) / 4u * 4u;
  let chunks = (PIXELS + CHUNK - 1u) / CHUNK;
  let image = i / COLS;
  let c = i % COLS;
  let first = c / GROUP * GROUP;

  var mean = 0.0;
  for (var k = 0u; k < chunks; k++) {
    let count = f32(min(CHUNK, PIXELS - k * CHUNK));
    let row = (image * chunks + k) * 2u * stride;
    for (var g = first; g < first + GROUP; g++) { mean += count * stats[row + g]; }
  }
  let n = f32(PIXELS * GROUP);
  mean /= n;
  var square = 0.0;
  for (var k = 0u; k < chunks; k++) {
    let count = f32(min(CHUNK, PIXELS - k * CHUNK));
    let row = (image * chunks + k) * 2u * stride;
    for (var g = first; g < first + GROUP; g++) {
      let away = stats[row + g] - mean;
      square += stats[row + stride + g] + count * away * away;
    }
  }
  let at = image * 3u * stride + c;
  y[at] = mean;
  y[at + stride] = f32(scale[c]) * inverseSqrt(square / n + EPSILON);
  y[at + 2u * stride] = f32(bias[c]);
}
