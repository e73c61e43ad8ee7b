// y[row · STRIDE + OFFSET + col] = x[row · COLS + col]: puts rows into columns of longer rows.
// One invocation moves one `elem`, a vector of four where all sizes are whole vectors; sizes count in these.
#import grid

override ROWS: u32;
override COLS: u32;
override STRIDE: u32;
override OFFSET: u32;
override WG: u32 = 64;

alias elem = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read_write> y: array<elem>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= ROWS * COLS) { return; }
  y[i / COLS * STRIDE + OFFSET + i % COLS] = x[i];
}
