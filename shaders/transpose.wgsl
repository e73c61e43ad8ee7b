// y[batch, c, r] = x[start(batch) + r · STRIDE + c]: the two last axes swapped.
// One invocation moves a block of 4 × 4, loading four rows of x and storing four rows of y; a workgroup covers a tile
// of TX × TY blocks, so that both sides touch whole stretches of memory.
#import grid

override BATCH: u32;
override R: u32;
override C: u32;
override COLS: u32;                                 // elements of a row of y: R
override STRIDE: u32;
override TX: u32;
override TY: u32;

alias x_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn start(batch: u32) -> i32 { return i32(batch * R * C); }
fn load(first: u32, c: u32) -> value { return value(x[first + c]); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(TX * TY)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, TX * TY);
  let across = (R + 4u * TX - 1u) / (4u * TX);
  let down = (C + 4u * TY - 1u) / (4u * TY);
  let local = i % (TX * TY);
  let tile = i / (TX * TY);
  let batch = tile / (across * down);
  let r = ((tile % across) * TX + local % TX) * 4u;
  let c = ((tile / across % down) * TY + local / TX) * 4u;
  if (batch >= BATCH || r >= R || c >= C) { return; }
  let base = u32(start(batch));
  let a0 = load(base + r * STRIDE, c);
  let a1 = load(base + min(r + 1u, R - 1u) * STRIDE, c);
  let a2 = load(base + min(r + 2u, R - 1u) * STRIDE, c);
  let a3 = load(base + min(r + 3u, R - 1u) * STRIDE, c);
  for (var k = 0u; k < 4u && c + k < C; k++) {
    write(batch * C + c + k, r, value(a0[k], a1[k], a2[k], a3[k]));
  }
}
