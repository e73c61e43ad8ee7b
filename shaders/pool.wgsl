// y = max, mean or p-norm of x under a window, for channels-last images.
// One invocation makes four channels of one output pixel.
#import grid

override PIXELS: u32;                               // output pixels of all images
override COLS: u32;                                 // channels
override H: u32;
override W: u32;
override OUT_H: u32;
override OUT_W: u32;
override KERNEL_H: u32;
override KERNEL_W: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override TOP: u32;                                  // padding
override LEFT: u32;
override BOTTOM: u32;
override RIGHT: u32;
override KIND: u32;                                 // 0 maximum, 1 mean, 2 p-norm
override COUNT_PAD: bool;                           // the mean counts padding
override P: f32;
override WG: u32 = 64;

alias x_elem = vec4<f32>;
alias out = vec4<f32>;
alias value = vec4<f32>;

@group(0) @binding(0) var<storage, read> x: array<x_elem>;
@group(0) @binding(1) var<storage, read_write> y: array<out>;

fn read_x(row: u32, col: u32) -> vec4<f32> { return x[(row * COLS + col) / 4u]; }
fn write(row: u32, col: u32, v: value) { y[(row * COLS + col) / 4u] = out(v); }

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  let quads = (COLS + 3u) / 4u;
  if (i >= PIXELS * quads) { return; }
  let col = (i % quads) * 4u;
  let pixel = i / quads;
  let image = pixel / (OUT_H * OUT_W);
  // Coordinates in the padded image.
  let top = (pixel / OUT_W) % OUT_H * STRIDE_H;
  let left = pixel % OUT_W * STRIDE_W;

  var a = vec4<f32>(select(0.0, -3.4028234e38, KIND == 0u));
  var count = 0u;
  for (var kh = 0u; kh < KERNEL_H; kh++) {
    let h = top + kh * DILATION_H;
    if (h >= H + TOP + BOTTOM) { break; }
    for (var kw = 0u; kw < KERNEL_W; kw++) {
      let w = left + kw * DILATION_W;
      if (w >= W + LEFT + RIGHT) { break; }
      let inside = h >= TOP && h < H + TOP && w >= LEFT && w < W + LEFT;
      if (COUNT_PAD || inside) { count++; }
      if (!inside) { continue; }
      let v = vec4<f32>(read_x((image * H + h - TOP) * W + w - LEFT, col));
      if (KIND == 0u) { a = max(a, v); }
      else if (KIND == 1u) { a += v; }
      else if (P == 1.0) { a += abs(v); }
      else if (P == 2.0) { a += v * v; }
      else { a += pow(abs(v), vec4<f32>(P)); }
    }
  }
  if (KIND == 1u) { a /= f32(count); }
  if (KIND == 2u && P == 2.0) { a = sqrt(a); }
  else if (KIND == 2u && P != 1.0) { a = pow(a, vec4<f32>(1.0 / P)); }
  write(pixel, col, value(a));
}
