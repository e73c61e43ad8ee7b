// y[target(k), i] = x[k, i]: runs of INNER elements go where the indices say. Runs with one target are a race, which
// ONNX leaves undefined, too.
// One invocation moves one `elem`, a vector of four where a run is whole vectors; INNER counts in these.
#import grid

override COUNT: u32;                                // runs of x
override INNER: u32;
override WG: u32 = 64;

alias elem = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read> index: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<elem>;

// Index i along an axis of `dim` elements; negative ones count from the end.
fn at(i: u32, dim: i32) -> u32 {
  let v = index[i];
  return u32(clamp(select(v, v + dim, v < 0), 0, dim - 1));
}

fn source(k: u32) -> u32 { return at(k, i32(COUNT)); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= COUNT * INNER) { return; }
  y[source(i / INNER) * INNER + i % INNER] = x[i];
}
