// Joins pairs of neighbouring runs of top_k, each the first KEEP of SPAN elements along the axis in order, to runs of the
// first NEXT of 2 · SPAN. A run that has no neighbour stays as it is.
// One invocation takes one element and counts, by bisection, those of the other run that come before it.
#import grid
#import float_key

override OUTER: u32;
override AXIS: u32;
override INNER: u32;
override SPAN: u32;
override KEEP: u32;
override NEXT: u32;
override LARGEST: bool;
override WG: u32 = 64;

alias elem = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read> from_index: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<elem>;
@group(0) @binding(3) var<storage, read_write> index: array<i32>;

// An unsigned integer of the same order as the elements (0 and −0 are equal).
fn key(v: elem) -> u32 { let f = f32(v); return float_key(bitcast<u32>(select(f, 0.0, f == 0.0))); }

fn rank_key(at: u32) -> u32 {
  let k = key(x[at]);
  return select(~k, k, LARGEST);
}

// Elements that a run holds: the last one may cover less than SPAN, and there may be none.
fn held(run: u32) -> u32 {
  let start = min(run * SPAN, AXIS);
  return min(min(SPAN, AXIS - start), KEEP);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let runs = (AXIS + SPAN - 1u) / SPAN;
  if (i >= OUTER * runs * KEEP * INNER) { return; }
  let slot = i / INNER;
  let own = slot % KEEP;
  let run = slot / KEEP % runs;
  let line = slot / (KEEP * runs);
  if (own >= held(run)) { return; }
  let mine = rank_key(i);
  let first = run % 2u == 0u;
  let other = select(run - 1u, run + 1u, first);
  let base = (line * runs + other) * KEEP * INNER + i % INNER;
  var low = 0u;
  var high = held(other);
  while (low < high) {
    let middle = (low + high) / 2u;
    let k = rank_key(base + middle * INNER);
    let before = k > mine || (k == mine && !first);
    low = select(low, middle + 1u, before);
    high = select(middle, high, before);
  }
  let place = own + low;
  if (place >= NEXT) { return; }
  let at = ((line * ((runs + 1u) / 2u) + run / 2u) * NEXT + place) * INNER + i % INNER;
  y[at] = x[i];
  index[at] = from_index[i];
}
