// y[b, c, p] = sum of x[b, (c, k), q] over the positions k in a block and the blocks q with
// q · stride + k · dilation = p + pad; channels first, three spatial axes. One invocation makes four elements of a row.
#import grid
#import run_time

override ROWS: u32;                                 // of y: images, channels and all axes but the last
override COLS: u32;
override D: u32;                                    // of y
override H: u32;
override BLOCK_D: u32;
override BLOCK_H: u32;
override BLOCK_W: u32;
override COUNT_D: u32;                              // blocks along each axis
override COUNT_H: u32;
override COUNT_W: u32;
override STRIDE_D: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_D: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override FRONT: i32;                                // padding
override TOP: i32;
override LEFT: i32;
override WG: u32 = 64;

alias x_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const TAPS: u32 = BLOCK_D * BLOCK_H * BLOCK_W;
const COUNT = vec3<i32>(vec3<u32>(COUNT_D, COUNT_H, COUNT_W));
const STRIDE = vec3<i32>(vec3<u32>(STRIDE_D, STRIDE_H, STRIDE_W));
const DILATION = vec3<u32>(DILATION_D, DILATION_H, DILATION_W);
const PAD = vec3<i32>(FRONT, TOP, LEFT);

fn element(image: u32, shifted: vec3<i32>) -> f32 {
  let taps = run_time(TAPS, arrayLength(&x));
  var sum = 0.0;
  for (var k = 0u; k < taps; k++) {
    let tap = vec3<u32>(k / (BLOCK_H * BLOCK_W), k / BLOCK_W % BLOCK_H, k % BLOCK_W);
    let t = shifted - vec3<i32>(tap * DILATION);
    if (any(t < vec3<i32>()) || any(t % STRIDE != vec3<i32>()) || any(t / STRIDE >= COUNT)) { continue; }
    let q = vec3<u32>(t / STRIDE);
    sum += f32(x[(((image * TAPS + k) * COUNT_D + q.x) * COUNT_H + q.y) * COUNT_W + q.z]);
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
  let image = row / (H * D);
  var v = vec4<f32>();
  for (var lane = 0u; lane < min(4u, COLS - col); lane++) {
    v[lane] = element(image, vec3<i32>(vec3<u32>(row / H % D, row % H, col + lane)) + PAD);
  }
  write(row, col, value(v));
}
