// z[i, j] = Σ_k w[j, k] · x[i, first[j] + k]: rows.wgsl for a video's frame.
// `table` holds the length of its rows and a row for each j: its first column, the number of weights, and the weights. One
// invocation makes one pixel.
#import orientation
#import photo
#import external_photo

alias cell = vec4<f32>;

fn keep(v: vec4<f32>) -> cell { return v; }

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var x: texture_external;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read_write> z: array<cell>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= p.box.z || id.y >= p.photo.y) { return; }
  let row = 1u + id.x * table[0];
  let first = table[row];
  var sum = vec3<f32>();
  for (var k = 0u; k < table[row + 1u]; k++) {
    sum += bitcast<f32>(table[row + 2u + k]) * texel(vec2<u32>(first + k, id.y));
  }
  z[id.y * p.box.z + id.x] = keep(vec4<f32>(sum, 1.0));
}
