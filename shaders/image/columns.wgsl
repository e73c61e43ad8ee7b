// y[c, i, j] = gain[c] · Σ_k w[i, k] · z[first[i] + k, j, c] + bias[c]: the second pass of a separable filter, along the
// columns of what rows.wgsl leaves, stored as a network's input. One invocation makes one pixel of y.
#import photo
#import photo_store

override BYTES: bool;
alias elem = f32;
alias cell = vec4<f32>;

fn take(v: cell) -> vec4<f32> { return v; }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> z: array<cell>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<elem>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.size)) { return; }
  if (outside(id.xy)) {
    store_fill(id.xy);
    return;
  }
  let at = id.xy - p.box.xy;
  let row = 1u + at.y * table[0];
  let first = table[row];
  var sum = vec3<f32>();
  for (var k = 0u; k < table[row + 1u]; k++) {
    sum += bitcast<f32>(table[row + 2u + k]) * take(z[(first + k) * p.box.z + at.x]).rgb;
  }
  store(id.xy, sum);
}
