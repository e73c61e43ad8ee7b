// y[c, i, j] = gain[c] · resize(x)[c, i, j] + bias[c]: a photo's part as a network's input, what is outside it filled.
// x: a video's frame. One invocation makes one pixel of y. The filters are models/card.ts's.
#import orientation
#import photo
#import external_photo
#import photo_taps
#import photo_store

override FILTER: u32;        // of lib/photo_taps.wgsl
override ALIGN: bool;
override BYTES: bool;

alias elem = f32;

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var x: texture_external;
@group(0) @binding(2) var<storage, read_write> y: array<elem>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.size)) { return; }
  if (outside(id.xy)) {
    store_fill(id.xy);
    return;
  }
  store(id.xy, resampled(id.xy - p.box.xy));
}
