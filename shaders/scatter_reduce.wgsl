// y[t, i] = x[t, i] joined with every update[k, i] whose target is t, in the order of the updates, so that results do not
// depend on a race. Runs of INNER elements. One invocation makes one element and looks at all COUNT targets.
#import grid
#import run_time

override TOTAL: u32;                                // elements of y
override COUNT: u32;                                // runs of update
override INNER: u32;
override WG: u32 = 64;

alias elem = f32;
alias num = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read> update: array<elem>;
@group(0) @binding(2) var<storage, read> index: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<elem>;

// Index i along an axis of `dim` elements; negative ones count from the end.
fn at(i: u32, dim: i32) -> u32 {
  let v = index[i];
  return u32(clamp(select(v, v + dim, v < 0), 0, dim - 1));
}

fn source(k: u32) -> u32 { return at(k, i32(COUNT)); }
fn join(a: num, b: num) -> num { return a + b; }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= TOTAL) { return; }
  let run = i / INNER;
  let count = run_time(COUNT, arrayLength(&x));
  var v = num(x[i]);
  for (var k = 0u; k < count; k++) {
    if (source(k) == run) { v = join(v, num(update[k * INNER + i % INNER])); }
  }
  y[i] = elem(v);
}
