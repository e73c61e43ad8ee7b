// Input transform of Winograd's convolution F(2 × 2, 3 × 3) (Lavin and Gray, arXiv:1509.09308): V = Bᵀ d B of each tile d
// of 4 × 4 pixels, tiles two pixels apart. One invocation transforms four channels of one tile; y is [16, TILES, C].
#import grid

override H: u32;                                    // of x
override W: u32;
override C: u32;
override TILES_Y: u32;                              // tiles of an image
override TILES_X: u32;
override TILES: u32;                                // of all images
override PAD_Y: i32 = 0;
override PAD_X: i32 = 0;
override COLS: u32;                                 // C padded to vectors: elements of a row of y
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return vec4<f32>(x[(row * C + col) / 4u]); }

const QUADS: u32 = COLS / 4u;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= TILES * QUADS) { return; }
  let c = i % QUADS * 4u;
  let tile = i / QUADS;
  let iy = i32(tile / TILES_X % TILES_Y * 2u) - PAD_Y;
  let ix = i32(tile % TILES_X * 2u) - PAD_X;
  let image = i32(tile / (TILES_X * TILES_Y) * H);
  var d: array<vec4<f32>, 16>;
  for (var p = 0u; p < 16u; p++) {
    let at = vec2<i32>(ix + i32(p % 4u), iy + i32(p / 4u));
    if (all(at >= vec2<i32>()) && at.x < i32(W) && at.y < i32(H)) { d[p] = read_x(u32((image + at.y) * i32(W) + at.x), c); }
  }
  // Rows, then columns.
  var t: array<vec4<f32>, 16>;
  for (var j = 0u; j < 4u; j++) {
    t[j] = d[j] - d[8u + j];
    t[4u + j] = d[4u + j] + d[8u + j];
    t[8u + j] = d[8u + j] - d[4u + j];
    t[12u + j] = d[4u + j] - d[12u + j];
  }
  for (var r = 0u; r < 4u; r++) {
    let at = (r * 4u * TILES + tile) * QUADS + i % QUADS;
    y[at] = out(t[r * 4u] - t[r * 4u + 2u]);
    y[at + TILES * QUADS] = out(t[r * 4u + 1u] + t[r * 4u + 2u]);
    y[at + 2u * TILES * QUADS] = out(t[r * 4u + 2u] - t[r * 4u + 1u]);
    y[at + 3u * TILES * QUADS] = out(t[r * 4u + 1u] - t[r * 4u + 3u]);
  }
}
