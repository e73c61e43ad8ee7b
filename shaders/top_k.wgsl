// The K largest (or smallest) x[o, a, i] of each RUN elements along the axis, sorted, and their indices along it; of equal
// ones the first counts more. One run is the whole axis, or top_k_merge joins them.
// One invocation takes one element, counts those of its run that come before it, and stores it at that place if it is
// below K.
#import grid
#import float_key
#import run_time

override OUTER: u32;
override AXIS: u32;
override INNER: u32;
override RUN: u32;                                  // elements of x in a run
override K: u32;
override LARGEST: bool;
override WG: u32 = 64;

alias elem = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read_write> y: array<elem>;
@group(0) @binding(2) var<storage, read_write> index: array<i32>;

// An unsigned integer of the same order as the elements (0 and −0 are equal).
fn key(v: elem) -> u32 { let f = f32(v); return float_key(bitcast<u32>(select(f, 0.0, f == 0.0))); }

fn rank_key(at: u32) -> u32 {
  let k = key(x[at]);
  return select(~k, k, LARGEST);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= OUTER * AXIS * INNER) { return; }
  let own = i / INNER % AXIS;
  let line = i / (AXIS * INNER);
  let base = line * AXIS * INNER + i % INNER;
  let mine = rank_key(i);
  let run = own / RUN;
  let end = min(run * RUN + run_time(RUN, arrayLength(&x)), AXIS);
  var before = 0u;
  for (var k = run * RUN; k < end; k++) {
    let other = rank_key(base + k * INNER);
    if (other > mine || (other == mine && k < own)) { before++; }
  }
  if (before >= K) { return; }
  let runs = (AXIS + RUN - 1u) / RUN;
  let at = ((line * runs + run) * K + before) * INNER + i % INNER;
  y[at] = x[i];
  index[at] = i32(own);
}
