// Filters that sample a photo at positions of a network's input. The file that imports this has the uniform `p: Params`,
// the constants FILTER and ALIGN, and `fn texel(at: vec2<u32>) -> vec3<f32>`, an upright pixel.
const NEAREST = 0u;
const BILINEAR = 1u;
const BICUBIC = 2u;
const AREA = 3u;
const AREA_BILINEAR = 4u;

// The pixels that one coordinate of y draws from, along one axis.
struct Taps {
  first: i32,
  last: i32,                 // exclusive
  center: f32,               // where pixels' edges are whole numbers
  step: f32,                 // pixels of the photo a pixel of y
}

fn taps(i: u32, start: f32, length: f32, count: u32, size: u32) -> Taps {
  let step = length / f32(count);
  var center = (f32(i) + 0.5) * step + start;
  if (ALIGN) { center = f32(i) * ((length - 1.0) / max(f32(count) - 1.0, 1.0)) + start + 0.5; }
  if (FILTER == NEAREST) {
    let first = i32(floor(center));
    return Taps(first, first + 1, center, step);
  }
  if (FILTER == AREA) {
    return Taps(max(i32(floor(center - 0.5 * step)), 0), min(i32(ceil(center + 0.5 * step)), i32(size)), center, step);
  }
  if (FILTER == AREA_BILINEAR) {
    // OpenCV's INTER_AREA where a side grows: the whole weight moves within one pixel of y.
    let left = floor(f32(i) * step + start + 1e-4 * step);
    let t = f32(i + 1u) - (left + 1.0 - start) / step;
    return Taps(i32(left), i32(left) + 2, left + 0.5 + select(0.0, t - floor(t), t > 0.0), step);
  }
  let reach = select(1, 2, FILTER == BICUBIC);
  let first = i32(floor(center - 0.5)) + 1 - reach;
  return Taps(first, first + 2 * reach, center, step);
}

fn weight(t: Taps, tap: i32) -> f32 {
  let at = f32(tap) + 0.5 - t.center;
  let d = abs(at);
  if (FILTER == NEAREST) { return 1.0; }
  if (FILTER == BICUBIC) {
    let a = p.cubic;
    if (d <= 1.0) { return ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0; }
    if (d < 2.0) { return ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a; }
    return 0.0;
  }
  if (FILTER == AREA) {
    return max(min(at + 0.5, 0.5 * t.step) - max(at - 0.5, -0.5 * t.step), 0.0);
  }
  return max(1.0 - d, 0.0);
}

// Mirrored within the margin.
fn pixel(column: i32, row: i32) -> vec3<f32> {
  let size = vec2<i32>(p.photo);
  var at = clamp(vec2<i32>(column, row), -p.margin, size + p.margin - 1);
  at = abs(at);
  at = min(at, 2 * (size - 1) - at);
  return texel(vec2<u32>(clamp(at, vec2<i32>(), size - 1)));
}

fn resampled(id: vec2<u32>) -> vec3<f32> {
  let across = taps(id.x, p.part.x, p.part.z, p.box.z, p.photo.x);
  let down = taps(id.y, p.part.y, p.part.w, p.box.w, p.photo.y);
  var sum = vec3<f32>();
  var total = 0.0;
  for (var r = down.first; r < down.last; r++) {
    var row = vec3<f32>();
    var weights = 0.0;
    for (var c = across.first; c < across.last; c++) {
      let w = weight(across, c);
      row += w * pixel(c, r);
      weights += w;
    }
    let w = weight(down, r);
    sum += w * row;
    total += w * weights;
  }
  return sum / total;
}
