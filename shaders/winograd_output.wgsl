// Output transform of Winograd's convolution F(2 × 2, 3 × 3) (Lavin and Gray, arXiv:1509.09308): Aᵀ m A of each tile m of
// 4 × 4 sums makes 2 × 2 pixels. One invocation makes four channels of one tile; x is [16, TILES, WIDTH].
#import grid

override OH: u32;                                   // of y
override OW: u32;
override COLS: u32;                                 // channels of y
override WIDTH: u32;                                // COLS padded to vectors
override TILES_Y: u32;                              // tiles of an image
override TILES_X: u32;
override TILES: u32;                                // of all images
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

const QUADS: u32 = WIDTH / 4u;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= TILES * QUADS) { return; }
  let tile = i / QUADS;
  let oy = tile / TILES_X % TILES_Y * 2u;
  let ox = tile % TILES_X * 2u;
  let b = tile / (TILES_X * TILES_Y);
  var t: array<vec4<f32>, 8>;
  for (var j = 0u; j < 4u; j++) {
    let m0 = vec4<f32>(x[j * TILES * QUADS + i]);
    let m1 = vec4<f32>(x[(4u + j) * TILES * QUADS + i]);
    let m2 = vec4<f32>(x[(8u + j) * TILES * QUADS + i]);
    let m3 = vec4<f32>(x[(12u + j) * TILES * QUADS + i]);
    t[j] = m0 + m1 + m2;
    t[4u + j] = m1 - m2 - m3;
  }
  for (var r = 0u; r < 2u; r++) {
    if (oy + r >= OH) { continue; }
    let row = (b * OH + oy + r) * OW + ox;
    write(row, i % QUADS * 4u, t[r * 4u] + t[r * 4u + 1u] + t[r * 4u + 2u]);
    if (ox + 1u < OW) { write(row + 1u, i % QUADS * 4u, t[r * 4u + 1u] - t[r * 4u + 2u] - t[r * 4u + 3u]); }
  }
}
