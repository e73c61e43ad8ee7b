// Counts of the finite values by one digit of their keys, for a radix selection: y[0, d] among the values whose higher
// digits are those of state.low, y[1, d] of state.high. Digits have 11, 11 and 10 bits. Each invocation strides over x; a
// workgroup counts its own before it adds to y, which starts as zeros.
#import float_key
#import depth_result

override WG: u32 = 256;
override ROUND: u32;         // 0, 1, 2: which digit
override PLAIN: bool;        // x is a map
override FILTER: u32 = 0;
override ALIGN: bool = false;
override RECIPROCAL: bool;

alias elem = f32;

struct Params {
  r: Result,
}

struct State {
  low: u32,                  // the digits known so far, in place
  low_rank: u32,             // among the values that share them
  high: u32,
  high_rank: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;
@group(0) @binding(3) var<storage, read> state: State;
@group(0) @binding(4) var<storage, read_write> y: array<atomic<u32>, 4096>;

const SHIFT = select(select(21u, 10u, ROUND == 1u), 0u, ROUND == 2u);
const BINS = select(2048u, 1024u, ROUND == 2u);
const KNOWN = select(select(0u, 0xffe00000u, ROUND == 1u), 0xfffffc00u, ROUND == 2u);

var<workgroup> counts: array<atomic<u32>, 4096>;

@compute @workgroup_size(WG)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let count = p.r.box.z * p.r.box.w;
  for (var i = id.x; i < count; i += groups.x * WG) {
    let bits = value_bits(raw(i32(i % p.r.box.z), i32(i / p.r.box.z)));
    if (is_finite(bits)) {
      let key = float_key(bits);
      let digit = (key >> SHIFT) & (BINS - 1u);
      if ((key & KNOWN) == state.low) { atomicAdd(&counts[digit], 1u); }
      if ((key & KNOWN) == state.high) { atomicAdd(&counts[2048u + digit], 1u); }
    }
  }
  workgroupBarrier();
  for (var d = local; d < 4096u; d += WG) {
    let n = atomicLoad(&counts[d]);
    if (n > 0u) { atomicAdd(&y[d], n); }
  }
}
