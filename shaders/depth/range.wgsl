// The least and the greatest finite value of x: y = (~key(min), key(max)), where key orders floats as integers, so that
// both are maxima and y starts as zeros. Each invocation strides over x; a workgroup joins its own before it joins all.
#import float_key

override WG: u32 = 256;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<atomic<u32>, 2>;

var<workgroup> least: atomic<u32>;
var<workgroup> greatest: atomic<u32>;

@compute @workgroup_size(WG)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  var lo = 0u;
  var hi = 0u;
  for (var i = id.x; i < p.count; i += groups.x * WG) {
    let bits = x[i];
    if (is_finite(bits)) {
      let key = float_key(bits);
      lo = max(lo, ~key);
      hi = max(hi, key);
    }
  }
  atomicMax(&least, lo);
  atomicMax(&greatest, hi);
  workgroupBarrier();
  if (local == 0u) {
    atomicMax(&y[0], atomicLoad(&least));
    atomicMax(&y[1], atomicLoad(&greatest));
  }
}
