// y = Aᵀ m A for each tile, its M × M pixels, m the A × A products of transformed pixels and weights with A = M + 2: the last
// step of a 3 × 3 convolution by minimal filtering, as in winograd_input.wgsl.
// One invocation makes four channels of one tile: first the columns of m, then the rows of what they gave. Sizes are data.
#import grid
#import run_time

override M: u32;
override ROLLED: bool = false;                      // loops stay loops
override WG: u32 = 64;

alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;  // [A · A, tiles, COLS padded to 4]
@group(0) @binding(1) var<storage, read> sizes: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const A: u32 = M + 2u;

var<private> COLS: u32;                             // channels of y

// Aᵀ m; the points are those of winograd_input.wgsl.
fn transform(m: array<vec4<f32>, 6>) -> array<vec4<f32>, 4> {
  let even = m[1] + m[2];
  let odd = m[1] - m[2];
  if (M == 2u) { return array<vec4<f32>, 4>(m[0] + even, odd + m[3], vec4<f32>(), vec4<f32>()); }
  let even2 = m[3] + m[4];
  let odd2 = m[3] - m[4];
  return array<vec4<f32>, 4>(m[0] + even + even2, odd + 2.0 * odd2, even + 4.0 * even2, odd + 8.0 * odd2 + m[5]);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  COLS = sizes[0];
  let tiles = vec3<u32>(sizes[1], sizes[2], sizes[3]);  // along x, along y, of all images
  let size = vec2<u32>(sizes[4], sizes[5]);         // of y: width and height
  let quads = (COLS + 3u) / 4u;
  if (i >= tiles.z * quads) { return; }
  let tile = i / quads;
  let image = tile / (tiles.x * tiles.y) * size.y;
  let corner = vec2<u32>(tile % tiles.x, tile / tiles.x % tiles.y) * M;
  let one = select(1u, run_time(1u, arrayLength(&x)), ROLLED);
  var rows: array<array<vec4<f32>, 6>, M>;
  for (var s = 0u; s < A * one; s++) {
    var m: array<vec4<f32>, 6>;
    for (var r = 0u; r < A; r++) { m[r] = x[(r * A + s) * tiles.z * quads + i]; }
    let t = transform(m);
    for (var r = 0u; r < M; r++) { rows[r][s] = t[r]; }
  }
  for (var r = 0u; r < M * one && corner.y + r < size.y; r++) {
    var t = transform(rows[r]);
    for (var p = 0u; p < M * one && corner.x + p < size.x; p++) {
      write((image + corner.y + r) * size.x + corner.x + p, i % quads * 4u, t[p]);
    }
  }
}
