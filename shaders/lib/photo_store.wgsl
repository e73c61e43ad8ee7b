// How a network's input is stored. The file that imports this has the uniform `p: Params`, the constant BYTES and the output
// `y: array<elem>`.
fn store(id: vec2<u32>, color: vec3<f32>) {
  var v = color;
  if (BYTES) { v = floor(255.0 * clamp(v, vec3<f32>(), vec3<f32>(1.0)) + 0.5) / 255.0; }
  v = p.gain.rgb * v + p.bias.rgb;
  let at = id.x * p.strides.x + id.y * p.strides.y + p.strides.w;
  y[at] = elem(v.r);
  y[at + p.strides.z] = elem(v.g);
  y[at + 2u * p.strides.z] = elem(v.b);
}

fn outside(id: vec2<u32>) -> bool {
  return any(id < p.box.xy) || any(id >= p.box.xy + p.box.zw);
}

fn store_fill(id: vec2<u32>) {
  let at = id.x * p.strides.x + id.y * p.strides.y + p.strides.w;
  y[at] = elem(p.fill.r);
  y[at + p.strides.z] = elem(p.fill.g);
  y[at + 2u * p.strides.z] = elem(p.fill.b);
}
