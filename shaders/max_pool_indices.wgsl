// y = where the largest x under a window lies: the index of its element in the channels-first image, for channels-last
// images with three spatial axes. One invocation makes one index.
#import grid
#import run_time

override BATCH: u32;
override D: u32;                                    // of x
override H: u32;
override W: u32;
override OUT_D: u32;                                // of y
override OUT_H: u32;
override OUT_W: u32;
override COLS: u32;                                 // channels
override KERNEL_D: u32;
override KERNEL_H: u32;
override KERNEL_W: u32;
override STRIDE_D: u32;
override STRIDE_H: u32;
override STRIDE_W: u32;
override DILATION_D: u32;
override DILATION_H: u32;
override DILATION_W: u32;
override FRONT: i32;                                // padding
override TOP: i32;
override LEFT: i32;
override COLUMN_MAJOR: bool;                        // pixels count along the first axis first
override WG: u32 = 64;

alias elem = f32;

@group(0) @binding(0) var<storage, read> x: array<elem>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;

const TAPS: u32 = KERNEL_D * KERNEL_H * KERNEL_W;
const SIZE = vec3<i32>(vec3<u32>(D, H, W));
const STRIDE = vec3<u32>(STRIDE_D, STRIDE_H, STRIDE_W);
const DILATION = vec3<u32>(DILATION_D, DILATION_H, DILATION_W);
const PAD = vec3<i32>(FRONT, TOP, LEFT);

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = linear_index(id, groups, WG);
  if (i >= BATCH * OUT_D * OUT_H * OUT_W * COLS) { return; }
  let c = i % COLS;
  let pixel = i / COLS;
  let b = pixel / (OUT_W * OUT_H * OUT_D);
  let corner = vec3<i32>(vec3<u32>(pixel / (OUT_W * OUT_H) % OUT_D, pixel / OUT_W % OUT_H, pixel % OUT_W) * STRIDE) - PAD;

  let taps = run_time(TAPS, arrayLength(&x));
  var best = elem();
  var found = false;
  var index = 0u;
  for (var k = 0u; k < taps; k++) {
    let tap = vec3<u32>(k / (KERNEL_H * KERNEL_W), k / KERNEL_W % KERNEL_H, k % KERNEL_W);
    let p = corner + vec3<i32>(tap * DILATION);
    if (any(p < vec3<i32>()) || any(p >= SIZE)) { continue; }
    let at = vec3<u32>(p);
    let v = x[(((b * D + at.x) * H + at.y) * W + at.z) * COLS + c];
    if (found && v <= best) { continue; }
    best = v;
    found = true;
    index = select((at.x * H + at.y) * W + at.z, (at.z * H + at.y) * D + at.x, COLUMN_MAJOR);
  }
  y[i] = i32((b * COLS + c) * D * H * W + index);
}
