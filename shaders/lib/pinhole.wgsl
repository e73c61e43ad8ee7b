// Points behind a map's pixels by the pinhole camera: x to the right, y down, z forward. The file that imports this has the
// uniform `p: Params` with `c: Camera`, the constant RECIPROCAL, the binding `x: array<u32>` (bits of the map), and
// float_key.
struct Camera {
  focal: vec2<f32>,          // pixels
  center: vec2<f32>,
  size: vec2<u32>,           // width, height of the map
  scale: f32,                // z = scale · x, or with RECIPROCAL scale / x
  pad: u32,
}

// Depth along z; 0 where there is none.
fn depth_of(i: u32) -> f32 {
  let v = bitcast<f32>(x[i]);
  if (!is_finite(x[i]) || v <= 0.0) { return 0.0; }
  return select(p.c.scale * v, p.c.scale / v, RECIPROCAL);
}

fn point_of(at: vec2<u32>) -> vec3<f32> {
  let z = depth_of(at.y * p.c.size.x + at.x);
  return vec3<f32>((vec2<f32>(at) + 0.5 - p.c.center) / p.c.focal, 1.0) * z;
}
