// Tells a video's scene cuts: 4096 samples of a network's input are counted in 16 bins of luma for each quarter of the
// picture. Where more than a share p.threshold of them is not where the frame before had them, `last`, the range of the
// frame before, is cleared. `scene` holds the frame before's counts, as zeros at first, and then the cuts so far. One
// workgroup.
const WG = 256u;
const SIDE = 64u;
const BINS = 64u;

alias elem = f32;

struct Params {
  luma: vec4<f32>,           // factors of the stored channels, and what is added
  box: vec4<u32>,            // of x, the pixels that show the picture: left, top, width, height
  strides: vec3<u32>,        // elements of x: column to column, row to row, channel to channel
  threshold: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>;
@group(0) @binding(2) var<storage, read_write> scene: array<u32, 65>;
@group(0) @binding(3) var<storage, read_write> last: array<u32, 2>;

var<workgroup> counts: array<atomic<u32>, BINS>;

fn luma_at(at: vec2<u32>) -> f32 {
  let i = at.x * p.strides.x + at.y * p.strides.y;
  let v = vec3<f32>(f32(x[i]), f32(x[i + p.strides.z]), f32(x[i + 2u * p.strides.z]));
  return dot(p.luma.xyz, v) + p.luma.w;
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  for (var i = local; i < SIDE * SIDE; i += WG) {
    let cell = vec2<u32>(i % SIDE, i / SIDE);
    let quarter = cell.x / (SIDE / 2u) + 2u * (cell.y / (SIDE / 2u));
    let v = luma_at(p.box.xy + (2u * cell + 1u) * p.box.zw / (2u * SIDE));
    atomicAdd(&counts[quarter * 16u + u32(clamp(v * 16.0, 0.0, 15.0))], 1u);
  }
  workgroupBarrier();
  if (local == 0u) {
    var total = 0u;
    var moved = 0u;
    for (var i = 0u; i < BINS; i++) {
      let now = atomicLoad(&counts[i]);
      total += scene[i];
      moved += max(now, scene[i]) - min(now, scene[i]);
      scene[i] = now;
    }
    // Each that moved is missing in one bin and too much in another.
    if (total != 0u && f32(moved) > 2.0 * p.threshold * f32(SIDE * SIDE)) {
      last[0] = 0u;
      last[1] = 0u;
      scene[BINS]++;
    }
  }
}
