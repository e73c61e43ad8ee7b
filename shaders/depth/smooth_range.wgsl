// The range of a video: range = keep · the last one + (1 - keep) · range, so that colours do not flicker from frame to
// frame. `last` holds the range of the frame before and starts as zeros. One invocation.
#import float_key

struct Params {
  keep: f32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> range: array<u32, 2>;
@group(0) @binding(2) var<storage, read_write> last: array<u32, 2>;

@compute @workgroup_size(1)
fn main() {
  if (last[1] != 0u && range[1] != 0u) {
    let before = vec2<f32>(key_float(~last[0]), key_float(last[1]));
    let now = vec2<f32>(key_float(~range[0]), key_float(range[1]));
    let mixed = mix(now, before, p.keep);
    range[0] = ~float_key(bitcast<u32>(mixed.x));
    range[1] = float_key(bitcast<u32>(mixed.y));
  }
  if (range[1] != 0u) {
    last[0] = range[0];
    last[1] = range[1];
  }
}
