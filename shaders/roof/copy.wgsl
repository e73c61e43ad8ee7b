// Y = X, in vectors of four: what the memory can move. A workgroup copies EACH runs of WG vectors.
override COUNT: u32;                                // vectors
override EACH: u32 = 4;
override WG: u32 = 64;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  for (var k = 0u; k < EACH; k++) {
    let i = (group.x * EACH + k) * WG + lane;
    if (i < COUNT) { y[i] = x[i]; }
  }
}
