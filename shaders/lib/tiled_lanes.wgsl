// Sums and maxima over the lanes of a row, where the workgroup of WG invocations is the row's: a tree in shared memory.
var<workgroup> lanes_tree: array<f32, WG>;

fn lanes_sum(v: f32, lane: u32) -> f32 {
  lanes_tree[lane] = v;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { lanes_tree[lane] += lanes_tree[lane + half]; }
  }
  workgroupBarrier();
  let result = lanes_tree[0];
  workgroupBarrier();
  return result;
}

fn lanes_max(v: f32, lane: u32) -> f32 {
  lanes_tree[lane] = v;
  for (var half = WG / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { lanes_tree[lane] = max(lanes_tree[lane], lanes_tree[lane + half]); }
  }
  workgroupBarrier();
  let result = lanes_tree[0];
  workgroupBarrier();
  return result;
}
