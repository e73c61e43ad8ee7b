// y = finish(merge over k of x[k]) over any set of axes: ROWS × COLS results of REDUCED elements each.
// A workgroup makes QUADS times four consecutive results; the WG / QUADS invocations of one quad walk its elements in
// turn and merge in shared memory. Many quads for elements that lie side by side across results, one for whole rows.
override ROWS: u32;
override COLS: u32;                                 // results of a row
override REDUCED: u32;                              // elements of a result
override LAST: u32;                                 // the last result
override QUADS: u32;
override WG: u32 = 128;

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

var<workgroup> tree: array<acc, WG>;

@compute @workgroup_size(WG)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let quads = (COLS + 3u) / 4u;
  let i = (group.x + group.y * groups.x) * QUADS + local % QUADS;
  let quad = min(i, ROWS * quads - 1u);
  let row = quad / quads;
  let col = (quad % quads) * 4u;
  let r = min(vec4<u32>(row * COLS + col) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(LAST));
  let at = vec4<u32>(base_of(r.x), base_of(r.y), base_of(r.z), base_of(r.w));
  var a = start(at);
  for (var k = local / QUADS; k < REDUCED; k += WG / QUADS) { a = merge(a, load(at, step_of(k))); }
  tree[local] = a;
  for (var half = WG / 2u; half >= QUADS; half /= 2u) {
    workgroupBarrier();
    if (local < half) { tree[local] = merge(tree[local], tree[local + half]); }
  }
  if (local < QUADS && i < ROWS * quads) { write(row, col, value(finish(tree[local]))); }
}
