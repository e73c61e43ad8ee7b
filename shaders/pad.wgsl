// y[row, col] = x at the padded coordinates, or the fill value outside (mode constant).
// One invocation makes four consecutive elements of a row.
#import grid

override ROWS: u32;
override COLS: u32;
override MODE: u32;                                 // 0 constant, 1 reflect, 2 edge, 3 wrap
override WG: u32 = 64;

alias x_elem = f32;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

// The row of x, or -1.
fn row_of(row: u32) -> i32 { return i32(row); }
fn load(row: u32, col: u32, otherwise: value) -> value { return value(x[row * COLS + col]); }
fn fill_value() -> value { return value(); }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

// The coordinate along an axis of `dim` elements; -1 where the fill value goes.
fn source(c: i32, dim: i32) -> i32 {
  if (c >= 0 && c < dim) { return c; }
  if (MODE == 0u) { return -1; }
  if (MODE == 2u) { return clamp(c, 0, dim - 1); }
  let period = select(max(2 * (dim - 1), 1), dim, MODE == 3u);
  let m = (c % period + period) % period;
  return select(period - m, m, m < dim);
}

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= ROWS * quads) { return; }
  let row = i / quads;
  let col = (i % quads) * 4u;
  let at = row_of(row);
  var v = fill_value();
  if (at >= 0) { v = load(u32(at), col, v); }
  write(row, col, v);
}
