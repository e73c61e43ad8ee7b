// The colour of a value. The file that imports this has the uniform `p: Params` with `invert` and `missing`, the bindings
// `range` and `table`, and float_key.
fn color_of(bits: u32) -> u32 {
  if (!is_finite(bits)) { return p.missing; }
  let low = key_float(~range[0]);
  let high = key_float(range[1]);
  var t = 0.0;
  if (high > low) { t = clamp((bitcast<f32>(bits) - low) / (high - low), 0.0, 1.0); }
  if (p.invert != 0u) { t = 1.0 - t; }
  return table[min(u32(t * 256.0), 255u)];
}
