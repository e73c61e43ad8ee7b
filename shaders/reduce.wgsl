// y = finish(merge over k of x[k]) over any set of axes: ROWS × COLS results of REDUCED elements each.
// One invocation makes four consecutive results of a row: `base_of` finds a result's first element, `step_of` the
// distance of the k-th from it.
#import grid

override ROWS: u32;
override COLS: u32;                                 // results of a row
override REDUCED: u32;                              // elements of a result
override LAST: u32;                                 // the last result
override WG: u32 = 64;

alias x_elem = f32;
alias acc = vec4<f32>;                              // four sums
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn base_of(result: u32) -> u32 { return result; }
fn step_of(k: u32) -> u32 { return k; }
fn load(at: vec4<u32>, step: u32) -> acc { return acc(); }
fn start(at: vec4<u32>) -> acc { return acc(); }
fn merge(a: acc, b: acc) -> acc { return a + b; }
fn finish(a: acc) -> acc { return a; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  let row = i / quads;
  let col = (i % quads) * 4u;
  let r = min(vec4<u32>(row * COLS + col) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(LAST));
  let at = vec4<u32>(base_of(r.x), base_of(r.y), base_of(r.z), base_of(r.w));
  var a = start(at);
  for (var k = 0u; k < REDUCED; k++) { a = merge(a, load(at, step_of(k))); }
  write(row, col, value(finish(a)));
}
