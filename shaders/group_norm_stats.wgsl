// Mean and sum of squares about it, for CHUNK pixels of every channel: the first of three steps of a group normalisation.
// One invocation takes four channels of one chunk; neighbours read neighbouring channels. In `stats`, each chunk of an
// image has a row of means and a row of sums.
#import grid

override BATCH: u32;
override PIXELS: u32;
override COLS: u32;                                 // channels
override CHUNK: u32;                                // pixels of a chunk; the last has what is left
override WG: u32 = 64;

alias x_elem = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> stats: array<vec4<f32>>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  let chunks = (PIXELS + CHUNK - 1u) / CHUNK;
  if (i >= BATCH * chunks * quads) { return; }
  let quad = i % quads;
  let chunk = (i / quads) % chunks;
  let image = i / quads / chunks;
  let first = chunk * CHUNK;
  let count = min(CHUNK, PIXELS - first);
  let row = image * PIXELS + first;

  var sum = vec4<f32>();
  for (var p = 0u; p < count; p++) { sum += read_x(row + p, quad * 4u); }
  let mean = sum / f32(count);
  var square = vec4<f32>();
  for (var p = 0u; p < count; p++) {
    let v = read_x(row + p, quad * 4u) - mean;
    square += v * v;
  }
  let at = (image * chunks + chunk) * 2u * quads + quad;
  stats[at] = mean;
  stats[at + quads] = square;
}
