// The least and the greatest finite value of a result or a map: y = (~key(min), key(max)), where key orders floats as
// integers, so that both are maxima and y starts as zeros. Each invocation strides over x; a workgroup joins its own
// before it joins all.
#import float_key
#import depth_result

override WG: u32 = 256;
override PLAIN: bool;        // x is a map
override FILTER: u32 = 0;
override ALIGN: bool = false;
override RECIPROCAL: bool;

alias elem = f32;

struct Params {
  r: Result,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<atomic<u32>, 2>;

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
  let count = p.r.box.z * p.r.box.w;
  for (var i = id.x; i < count; i += groups.x * WG) {
    let bits = value_bits(raw(i32(i % p.r.box.z), i32(i / p.r.box.z)));
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
