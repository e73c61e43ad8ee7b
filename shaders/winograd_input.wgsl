// v[i, j, t, :] = (Bᵀ d B)[i, j], d the A × A pixels under tile t with A = M + 2: the first step of a 3 × 3 convolution by
// minimal filtering, F(M × M, 3 × 3), M = 2 or 4. A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks,
// 2015 (https://arxiv.org/abs/1509.09308), section 4; of M = 2 the last rows of Bᵀ and of Aᵀ have the other sign.
// One invocation makes four channels of one tile: first the rows of d, then the columns of what they gave. Sizes are data,
// so that convolutions that differ in them alone share the kernel.
#import grid
#import run_time

override M: u32;
override RELU: bool = false;                        // reads max(x, 0)
override ROLLED: bool = false;                      // loops stay loops
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read> sizes: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;  // [A · A, tiles, C padded to 4]

fn read_x(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(x[(row * C + col) / 4u]); }

const A: u32 = M + 2u;

var<private> C: u32;                                // channels of x

// Bᵀ d; the points are 0, 1, −1, for M = 4 also 2 and −2, and infinity.
fn transform(d: array<vec4<f32>, 6>) -> array<vec4<f32>, 6> {
  if (M == 2u) { return array<vec4<f32>, 6>(d[0] - d[2], d[1] + d[2], d[2] - d[1], d[3] - d[1], vec4<f32>(), vec4<f32>()); }
  let even = d[4] - 4.0 * d[2];
  let odd = d[3] - 4.0 * d[1];
  let even2 = d[4] - d[2];
  let odd2 = 2.0 * (d[3] - d[1]);
  return array<vec4<f32>, 6>(
    4.0 * d[0] - 5.0 * d[2] + d[4], even + odd, even - odd, even2 + odd2, even2 - odd2, 4.0 * d[1] - 5.0 * d[3] + d[5]);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  C = u32(sizes[0]);
  let tiles = vec3<u32>(vec3<i32>(sizes[1], sizes[2], sizes[3]));  // along x, along y, of all images
  let size = vec2<i32>(sizes[4], sizes[5]);         // of x: width and height
  let quads = (C + 3u) / 4u;
  if (i >= tiles.z * quads) { return; }
  let tile = i / quads;
  let image = i32(tile / (tiles.x * tiles.y)) * size.y;
  let corner = vec2<i32>(vec2<u32>(tile % tiles.x, tile / tiles.x % tiles.y) * M) - vec2<i32>(sizes[6], sizes[7]);
  let turns = select(A, run_time(A, arrayLength(&x)), ROLLED);
  var columns: array<array<vec4<f32>, 6>, A>;
  for (var r = 0u; r < turns; r++) {
    var d: array<vec4<f32>, 6>;
    for (var s = 0u; s < A; s++) {
      let p = corner + vec2<i32>(vec2<u32>(s, r));
      let at = clamp(p, vec2<i32>(), size - 1);
      let v = read_x(u32((image + at.y) * size.x + at.x), i % quads * 4u);
      d[s] = select(vec4<f32>(), select(v, max(v, vec4<f32>()), RELU), all(p == at));
    }
    let t = transform(d);
    for (var s = 0u; s < A; s++) { columns[s][r] = t[s]; }
  }
  for (var s = 0u; s < turns; s++) {
    let t = transform(columns[s]);
    for (var r = 0u; r < A; r++) { y[(r * A + s) * tiles.z * quads + i] = out(t[r]); }
  }
}
