// y[outer, k, inner] = x[outer, index[k], inner]; a negative index counts from the end.
// One invocation moves one `elem`, a vector of four where INNER, counted in elements, is whole vectors.
#import grid

override OUTER: u32;
override AXIS: i32;
override COUNT: u32;                                // number of indices
override INNER: u32;
override WG: u32 = 64;

alias elem = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read> index: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<elem>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= OUTER * COUNT * INNER) { return; }
  let run = i / INNER;
  let at = index[run % COUNT];
  let source = u32(clamp(select(at, at + AXIS, at < 0), 0, AXIS - 1));
  y[i] = x[(run / COUNT * u32(AXIS) + source) * INNER + i % INNER];
}
