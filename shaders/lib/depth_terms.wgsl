// What the kernels of metrics share: their parameters, and which pixels count. They import float_key, too.

struct Params {
  count: u32,
  width: u32,
  least: f32,                // true depths lie between these two, which are excluded
  most: f32,
  crop: vec4<u32>,           // left, top, right, bottom; the last two are excluded
  scale: f32,                // the prediction is scale · (x - centre) + level, before it is inverted
  level: f32,
  low: f32,                  // predicted depths are clamped to these two
  high: f32,
  centre: f32,
}

// Whether pixel i is inside the crop, has a true depth between the bounds, and a prediction.
fn counts(i: u32, predicted: u32, truth: u32) -> bool {
  let at = vec2<u32>(i % p.width, i / p.width);
  let g = bitcast<f32>(truth);
  return all(at >= p.crop.xy) && all(at < p.crop.zw) && is_finite(truth) && is_finite(predicted) &&
    g > p.least && g < p.most;
}
