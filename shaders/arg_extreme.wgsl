// y[o, i] = the index along the axis of the largest (or smallest) x[o, a, i].
// One invocation runs along the whole axis of one (o, i).
#import grid

override OUTER: u32;
override AXIS: u32;
override INNER: u32;
override LARGEST: bool;
override LAST: bool;                                // of equal ones the last
override WG: u32 = 64;

alias elem = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= OUTER * INNER) { return; }
  let base = i / INNER * AXIS * INNER + i % INNER;
  var best = x[base];
  var found = 0u;
  for (var k = 1u; k < AXIS; k++) {
    let v = x[base + k * INNER];
    let better = select((v < best), (v > best), LARGEST) || (LAST && v == best);
    best = select(best, v, better);
    found = select(found, k, better);
  }
  y[i] = i32(found);
}
