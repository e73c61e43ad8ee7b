// y = a joined with b, the result of the mirror image, turned back within the box: their mean, or, with `ramps`, each one
// alone at the edge that it knows better (Monodepth's post-processing: weights 1 - clamp(20 (t - 0.05)), t from 0 to 1
// across). One invocation makes one pixel.
override RAMPS: bool;

alias elem = f32;

struct Params {
  box: vec4<u32>,
  columns: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<elem>;
@group(0) @binding(2) var<storage, read> b: array<elem>;
@group(0) @binding(3) var<storage, read_write> y: array<elem>;

fn ramp(t: f32) -> f32 { return 1.0 - clamp(20.0 * (t - 0.05), 0.0, 1.0); }

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (any(id.xy >= p.box.zw)) { return; }
  let row = (p.box.y + id.y) * p.columns + p.box.x;
  let at = (row + id.x) * p.stride;
  let straight = f32(a[at]);
  let turned = f32(b[(row + p.box.z - 1u - id.x) * p.stride]);
  let mean = 0.5 * (straight + turned);
  if (!RAMPS) {
    y[at] = elem(mean);
    return;
  }
  let t = f32(id.x) / max(f32(p.box.z) - 1.0, 1.0);
  let left = ramp(t);
  let right = ramp(1.0 - t);
  y[at] = elem(right * straight + left * turned + (1.0 - left - right) * mean);
}
