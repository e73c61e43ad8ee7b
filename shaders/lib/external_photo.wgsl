// Pixels of a video's frame, `x: texture_external`. The browser may hold it at another size than it is shown at. The file
// that imports this has the uniform `p: Params` of lib/photo.wgsl and lib/orientation.wgsl.
fn texel(at: vec2<u32>) -> vec3<f32> {
  let shown = select(p.photo, p.photo.yx, (p.turn & 4u) != 0u);
  let held = textureDimensions(x);
  return textureLoad(x, stored_at(at, p.photo, p.turn) * held / shown).rgb;
}
