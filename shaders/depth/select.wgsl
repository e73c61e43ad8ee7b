// The digit of two order statistics from histogram.wgsl's counts, which are set back to zero; after the last digit the
// range, as range.wgsl leaves it. The ranks are the nearest to low · (n - 1) and high · (n - 1) of n values. One workgroup.
override ROUND: u32;

struct Params {
  low: f32,                  // shares, 0 to 1
  high: f32,
}

struct State {
  low: u32,
  low_rank: u32,
  high: u32,
  high_rank: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> x: array<u32, 4096>;
@group(0) @binding(2) var<storage, read_write> state: State;
@group(0) @binding(3) var<storage, read_write> y: array<u32, 2>;

const SHIFT = select(select(21u, 10u, ROUND == 1u), 0u, ROUND == 2u);

var<workgroup> sums: array<u32, 256>;

// The digit with the value of this rank, and its rank among the values with that digit.
fn find(first: u32, rank: u32) -> vec2<u32> {
  var left = rank;
  var group = 0u;
  while (group < 127u && left >= sums[first / 16u + group]) {
    left -= sums[first / 16u + group];
    group++;
  }
  var digit = group * 16u;
  while (digit < group * 16u + 15u && left >= x[first + digit]) {
    left -= x[first + digit];
    digit++;
  }
  return vec2<u32>(digit, left);
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0u;
  for (var i = 0u; i < 16u; i++) { sum += x[local * 16u + i]; }
  sums[local] = sum;
  workgroupBarrier();
  if (local == 0u) {
    var total = 0u;
    if (ROUND == 0u) {
      for (var i = 0u; i < 128u; i++) { total += sums[i]; }
      let last = f32(max(total, 1u) - 1u);
      state.low_rank = u32(round(p.low * last));
      state.high_rank = u32(round(p.high * last));
    }
    let low = find(0u, state.low_rank);
    let high = find(2048u, state.high_rank);
    state.low |= low.x << SHIFT;
    state.low_rank = low.y;
    state.high |= high.x << SHIFT;
    state.high_rank = high.y;
    if (ROUND == 2u) {
      y[0] = ~state.low;
      y[1] = state.high;
    }
  }
  workgroupBarrier();
  for (var i = 0u; i < 16u; i++) { x[local * 16u + i] = 0u; }
}
