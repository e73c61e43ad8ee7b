// y[o, a, i] = x[o, 0, i] ∘ … ∘ x[o, a, i], where ∘ is a sum or a product.
// One invocation runs along the whole axis of one (o, i).
#import grid

override OUTER: u32;
override AXIS: u32;
override INNER: u32;
override EXCLUSIVE: bool;                           // the element itself is left out
override REVERSE: bool;                             // from the end
override WG: u32 = 64;

alias elem = f32;
alias sum = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read_write> y: array<elem>;

fn join(a: sum, b: sum) -> sum { return a + b; }
fn first() -> sum { return sum(0); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= OUTER * INNER) { return; }
  let base = i / INNER * AXIS * INNER + i % INNER;
  var total = first();
  for (var k = 0u; k < AXIS; k++) {
    let at = base + select(k, AXIS - 1u - k, REVERSE) * INNER;
    let next = join(total, sum(x[at]));
    y[at] = elem(select(next, total, EXCLUSIVE));
    total = next;
  }
}
