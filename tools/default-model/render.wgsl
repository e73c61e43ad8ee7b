// Ray caster for the training scenes: linear RGB and disparity (1 / z, 0 for the sky), one invocation a pixel.
// A scene is a list of objects, each a bounding sphere around a run of primitives. A primitive is an affine map to the
// unit box, sphere or frustum. Light: direct with soft shadows, a sky or room ambient with short occlusion rays, one
// mirror bounce, fog. `cast_rays` keeps light and surface apart; `compose` smooths the light and puts them together.

struct Frame {
  eye: vec4f,          // w: metres that occlusion rays reach
  right: vec4f,        // w: tangent of half the horizontal field of view
  up: vec4f,           // w: tangent of half the vertical field of view
  forward: vec4f,
  sky_low: vec4f,      // w: 1 where clouds are drawn
  sky_high: vec4f,
  ambient_up: vec4f,
  ambient_down: vec4f,
  fog: vec4f,          // w: share lost per metre
  size: vec4u,         // width, height, 0, seed
  counts: vec4u,       // objects, lights
}
struct Thing { sphere: vec4f, first: u32, count: u32, pad0: u32, pad1: u32 }
struct Primitive { x: vec4f, y: vec4f, z: vec4f, shape: u32, material: u32, taper: f32, flags: u32 }
struct Material { a: vec4f, b: vec4f, surface: vec4f, extra: vec4f }
// a.w pattern, b.w its size in metres; surface: gloss, mirror, bump, emission; extra: seed, aspect, contrast
struct Light { at: vec4f, u: vec4f, v: vec4f, colour: vec4f } // at.w 1: a sun, `at` is the way to it

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(1) var<storage, read> things: array<Thing>;
@group(0) @binding(2) var<storage, read> primitives: array<Primitive>;
@group(0) @binding(3) var<storage, read> materials: array<Material>;
@group(0) @binding(4) var<storage, read> lights: array<Light>;
@group(0) @binding(5) var<storage, read_write> base: array<vec4f>;   // colour of the surface; disparity
@group(0) @binding(6) var<storage, read_write> light: array<vec4f>;  // light that falls on it; its primitive
@group(0) @binding(7) var<storage, read_write> pixels: array<vec4f>; // what is added to their product; share of it kept

const FAR = 1e9;
const NO_SHADOW = 1u;

fn hash3(p: vec3i) -> f32 {
  var h = (u32(p.x) * 0x8da6b343u) ^ (u32(p.y) * 0xd8163841u) ^ (u32(p.z) * 0xcb1ab31fu);
  h = (h ^ (h >> 15u)) * 0x2c1b3c6du;
  h = (h ^ (h >> 12u)) * 0x297a2d39u;
  return f32((h ^ (h >> 15u)) >> 8u) / 16777216.0;
}

fn value_noise(p: vec3f) -> f32 {
  let c = floor(p);
  let i = vec3i(c);
  let f = (p - c) * (p - c) * (3.0 - 2.0 * (p - c));
  let low = mix(mix(hash3(i), hash3(i + vec3i(1, 0, 0)), f.x), mix(hash3(i + vec3i(0, 1, 0)), hash3(i + vec3i(1, 1, 0)), f.x), f.y);
  let j = i + vec3i(0, 0, 1);
  let high = mix(mix(hash3(j), hash3(j + vec3i(1, 0, 0)), f.x), mix(hash3(j + vec3i(0, 1, 0)), hash3(j + vec3i(1, 1, 0)), f.x), f.y);
  return mix(low, high, f.z);
}

/// Noise of three octaves in [0, 1]; octaves finer than the footprint are left out.
fn fbm(p: vec3f, footprint: f32) -> f32 {
  var sum = 0.0;
  var amplitude = 0.55;
  var scale = 1.0;
  for (var o = 0; o < 3; o++) {
    let keep = 1.0 - smoothstep(0.3, 0.8, footprint * scale);
    if (keep <= 0.0) { sum += amplitude * 0.5; }
    else { sum += amplitude * mix(0.5, value_noise(p * scale + 17.3 * f32(o)), keep); }
    amplitude *= 0.5;
    scale *= 2.1;
  }
  return sum / 0.9625;
}

struct Hit { t: f32, primitive: u32, normal: vec3f, local: vec3f }

fn box_hit(o: vec3f, d: vec3f, normal: ptr<function, vec3f>) -> f32 {
  let m = 1.0 / select(d, vec3f(1e-9), abs(d) < vec3f(1e-9));
  let n = m * o;
  let k = abs(m);
  let near = -n - k;
  let far = -n + k;
  let t0 = max(max(near.x, near.y), near.z);
  let t1 = min(min(far.x, far.y), far.z);
  if (t0 > t1 || t1 < 1e-3) { return FAR; }
  if (t0 > 1e-3) {
    *normal = -sign(d) * select(vec3f(0.0), vec3f(1.0), near >= vec3f(t0));
    return t0;
  }
  *normal = -sign(d) * select(vec3f(0.0), vec3f(1.0), far <= vec3f(t1));
  return t1;
}

fn sphere_hit(o: vec3f, d: vec3f, normal: ptr<function, vec3f>) -> f32 {
  let a = dot(d, d);
  let b = dot(o, d);
  let q = o - d * (b / a);
  let h = 1.0 - dot(q, q);
  if (h < 0.0) { return FAR; }
  let s = sqrt(h / a);
  var t = -b / a - s;
  if (t < 1e-3) { t = -b / a + s; }
  if (t < 1e-3) { return FAR; }
  *normal = o + d * t;
  return t;
}

/// Radius 1 at y = -1 and `taper` at y = 1, with caps.
fn frustum_hit(o: vec3f, d: vec3f, taper: f32, normal: ptr<function, vec3f>) -> f32 {
  let m = 0.5 * (1.0 + taper);
  let s = 0.5 * (taper - 1.0);
  let a = d.x * d.x + d.z * d.z - s * s * d.y * d.y;
  let r = m + s * o.y;
  let b = o.x * d.x + o.z * d.z - s * d.y * r;
  let c = o.x * o.x + o.z * o.z - r * r;
  var best = FAR;
  let h = b * b - a * c;
  if (h > 0.0 && abs(a) > 1e-12) {
    let root = sqrt(h);
    for (var k = 0; k < 2; k++) {
      let t = (-b + select(root, -root, k == 0)) / a;
      let y = o.y + t * d.y;
      if (t > 1e-3 && t < best && abs(y) < 1.0) {
        best = t;
        *normal = vec3f(o.x + t * d.x, -s * (m + s * y), o.z + t * d.z);
      }
    }
  }
  for (var k = 0; k < 2; k++) {
    let y = select(1.0, -1.0, k == 0);
    let t = (y - o.y) / select(d.y, 1e-9, abs(d.y) < 1e-9);
    let p = o.xz + t * d.xz;
    let radius = select(taper, 1.0, k == 0);
    if (t > 1e-3 && t < best && dot(p, p) < radius * radius) {
      best = t;
      *normal = vec3f(0.0, y, 0.0);
    }
  }
  return best;
}

fn primitive_hit(p: ptr<storage, Primitive>, o: vec3f, d: vec3f, normal: ptr<function, vec3f>) -> f32 {
  let lo = vec3f(dot(p.x.xyz, o) + p.x.w, dot(p.y.xyz, o) + p.y.w, dot(p.z.xyz, o) + p.z.w);
  let ld = vec3f(dot(p.x.xyz, d), dot(p.y.xyz, d), dot(p.z.xyz, d));
  switch (p.shape) {
    case 0u: { return box_hit(lo, ld, normal); }
    case 1u: { return sphere_hit(lo, ld, normal); }
    default: { return frustum_hit(lo, ld, p.taper, normal); }
  }
}

fn misses(sphere: vec4f, o: vec3f, d: vec3f, limit: f32) -> bool {
  let c = sphere.xyz - o;
  let b = dot(c, d);
  let h = sphere.w * sphere.w - dot(c, c) + b * b;
  if (h < 0.0) { return true; }
  let s = sqrt(h);
  return b + s < 0.0 || b - s > limit;
}

fn trace(o: vec3f, d: vec3f) -> Hit {
  var hit = Hit(FAR, 0u, vec3f(0.0), vec3f(0.0));
  for (var i = 0u; i < frame.counts.x; i++) {
    if (misses(things[i].sphere, o, d, hit.t)) { continue; }
    let end = things[i].first + things[i].count;
    for (var k = things[i].first; k < end; k++) {
      var n: vec3f;
      let t = primitive_hit(&primitives[k], o, d, &n);
      if (t < hit.t) { hit = Hit(t, k, n, vec3f(0.0)); }
    }
  }
  if (hit.t < FAR) {
    let p = &primitives[hit.primitive];
    let at = o + d * hit.t;
    let size = vec3f(1.0) / vec3f(length(p.x.xyz), length(p.y.xyz), length(p.z.xyz));
    hit.local = vec3f(dot(p.x.xyz, at) + p.x.w, dot(p.y.xyz, at) + p.y.w, dot(p.z.xyz, at) + p.z.w) * size;
    let n = hit.normal;
    hit.normal = normalize(p.x.xyz * n.x + p.y.xyz * n.y + p.z.xyz * n.z);
  }
  return hit;
}

fn blocked(o: vec3f, d: vec3f, limit: f32) -> bool {
  for (var i = 0u; i < frame.counts.x; i++) {
    if (misses(things[i].sphere, o, d, limit)) { continue; }
    let end = things[i].first + things[i].count;
    for (var k = things[i].first; k < end; k++) {
      if ((primitives[k].flags & NO_SHADOW) != 0u) { continue; }
      var n: vec3f;
      if (primitive_hit(&primitives[k], o, d, &n) < limit) { return true; }
    }
  }
  return false;
}

fn sky(d: vec3f) -> vec3f {
  var c = mix(frame.sky_low.rgb, frame.sky_high.rgb, pow(clamp(d.y, 0.0, 1.0), 0.6));
  if (frame.sky_low.w > 0.0 && d.y > 0.0) {
    let p = vec3f(d.xz / (d.y + 0.12) * 1.3, f32(frame.size.w & 255u));
    let cover = smoothstep(0.5 - 0.25 * frame.sky_high.w, 0.85, fbm(p, 0.02));
    c = mix(c, vec3f(0.95) * max(c.r, max(c.g, c.b)) * 1.2, cover * smoothstep(0.0, 0.15, d.y));
  }
  return c;
}

/// How much of colour b shows at a point of a surface; `p` in the primitive's metres, `n` in its axes.
fn pattern(m: Material, p: vec3f, n: vec3f, footprint: f32) -> f32 {
  let a = abs(n);
  var uv = p.xz;
  if (a.x > a.y && a.x > a.z) { uv = p.zy; } else if (a.z > a.y) { uv = p.xy; }
  uv = uv / m.b.w + m.extra.x * vec2f(3.7, 9.1);
  let q = p / m.b.w + m.extra.x * 31.0;
  let f = footprint / m.b.w;
  let keep = 1.0 - smoothstep(0.25, 0.7, f);
  let aspect = m.extra.y;
  switch (u32(m.a.w)) {
    case 1u: { return fbm(q, f); }
    case 2u: { // wood grain along x
      let rings = q.yz * vec2f(1.0, 1.0) + 0.35 * (fbm(q * vec3f(0.15, 1.0, 1.0), f) - 0.5);
      return mix(0.5, fbm(vec3f(q.x * 0.08, rings * 4.0), f * 4.0), keep);
    }
    case 3u: { // bricks and tiles with joints
      let row = floor(uv.y * aspect);
      let x = uv.x + 0.5 * (row - 2.0 * floor(row * 0.5)) * m.surface.z;
      let cell = vec2f(fract(x), fract(uv.y * aspect));
      let joint = min(min(cell.x, 1.0 - cell.x), min(cell.y, 1.0 - cell.y) / aspect);
      let tone = hash3(vec3i(i32(floor(x)), i32(row), 7)) * m.extra.z;
      return mix(0.3 * m.extra.z, select(1.0, tone, joint > 0.03), keep);
    }
    case 4u: { // checks
      let c = floor(uv);
      let s = c.x + c.y;
      return mix(0.5, s - 2.0 * floor(s * 0.5), keep);
    }
    case 5u: { return mix(0.5, smoothstep(0.42, 0.58, abs(fract(uv.x) * 2.0 - 1.0)), keep); }
    case 6u: { // planks
      let row = floor(uv.y * aspect);
      let x = uv.x + hash3(vec3i(i32(row), 3, 1)) * 5.0;
      let cell = vec2f(fract(x), fract(uv.y * aspect));
      let joint = min(min(cell.x, 1.0 - cell.x), min(cell.y, 1.0 - cell.y) / aspect);
      let board = hash3(vec3i(i32(floor(x)), i32(row), 5));
      let grain = fbm(vec3f(uv.x * 2.0, uv.y * aspect * 9.0, board * 40.0), f * 9.0);
      return mix(0.4, select(1.0, 0.55 * board + 0.45 * grain, joint > 0.012), keep);
    }
    case 7u: { // patches of a picture
      let c = floor(uv * 1.0);
      var near = 9.0;
      var tone = 0.0;
      for (var k = 0; k < 9; k++) {
        let g = c + vec2f(f32(k % 3) - 1.0, f32(k / 3) - 1.0);
        let at = g + vec2f(hash3(vec3i(i32(g.x), i32(g.y), 1)), hash3(vec3i(i32(g.x), i32(g.y), 2)));
        let d = dot(uv - at, uv - at);
        if (d < near) { near = d; tone = hash3(vec3i(i32(g.x), i32(g.y), 3)); }
      }
      return mix(0.5, tone, keep);
    }
    case 8u: { return mix(0.5, value_noise(q * vec3f(1.0, 0.35, 1.0)), keep) * 0.6 + 0.4 * fbm(q * 0.09, f * 0.09); }
    case 9u: { // a bundle of stripes of random tones, as books or slats
      let c = floor(uv.x * 1.7 + 0.4 * sin(uv.x * 2.3));
      return mix(0.5, hash3(vec3i(i32(c), i32(floor(uv.y * 0.2)), 11)), keep);
    }
    case 10u: { // dots
      let c = fract(uv) - 0.5;
      return mix(0.3, 1.0 - smoothstep(0.06, 0.09, dot(c, c)), keep);
    }
    case 11u: { return abs(sin(3.0 * q.x + 9.0 * fbm(q, f))); }
    case 12u: { // lines of text
      let line = fract(uv.y);
      let word = value_noise(vec3f(uv.x * 3.0, floor(uv.y), m.extra.x));
      return mix(0.2, select(0.0, step(0.42, word), line > 0.35 && line < 0.75), keep);
    }
    default: { return 0.0; }
  }
}

fn random2(pixel: vec2u, k: u32) -> vec2f {
  let ign = fract(52.9829189 * fract(dot(vec2f(pixel), vec2f(0.06711056, 0.00583715))));
  return fract(vec2f(ign, ign * 1.618) + f32(k + 1u) * vec2f(0.7548776662, 0.5698402910));
}

fn tangents(n: vec3f) -> mat2x3f {
  let side = normalize(select(cross(n, vec3f(1.0, 0.0, 0.0)), cross(n, vec3f(0.0, 1.0, 0.0)), abs(n.y) < 0.9));
  return mat2x3f(side, cross(n, side));
}

/// Colour = albedo · light + own.
struct Shade { albedo: vec3f, light: vec3f, own: vec3f, mirror: f32, normal: vec3f }

fn shade(hit: Hit, o: vec3f, d: vec3f, r: vec2f, cheap: bool) -> Shade {
  let prim = &primitives[hit.primitive];
  let m = materials[prim.material];
  let at = o + d * hit.t;
  var n = hit.normal;
  if (dot(n, d) > 0.0) { n = -n; }
  let facing = max(0.05, -dot(n, d));
  let footprint = hit.t * 2.0 * frame.up.w / f32(frame.size.y) / sqrt(facing);
  let axes = vec3f(dot(normalize(prim.x.xyz), n), dot(normalize(prim.y.xyz), n), dot(normalize(prim.z.xyz), n));
  let share = clamp(pattern(m, hit.local, axes, footprint), 0.0, 1.0);
  let albedo = mix(m.a.rgb, m.b.rgb, share);
  let own = albedo * m.surface.w;
  if (m.surface.w > 0.5) { return Shade(albedo, vec3f(0.0), own, 0.0, n); }
  let geometric = n;
  if (m.surface.z > 0.0 && u32(m.a.w) != 3u) {
    let p = at / max(m.b.w, 0.02) * 0.7;
    let bump = vec3f(fbm(p, footprint), fbm(p + 40.0, footprint), fbm(p + 80.0, footprint)) - 0.5;
    n = normalize(n + 1.6 * m.surface.z * bump);
  }
  let start = at + geometric * (1e-3 + 2e-4 * hit.t);
  let basis = tangents(geometric);
  var open = 0.75;
  if (!cheap) {
    let phi = 6.2831853 * r.x;
    let w = basis * (sqrt(r.y) * vec2f(cos(phi), sin(phi))) + geometric * sqrt(1.0 - r.y);
    open = select(1.0, 0.25, blocked(start, normalize(w), frame.eye.w * (0.25 + 0.75 * r.x)));
  }
  var received = mix(frame.ambient_down.rgb, frame.ambient_up.rgb, 0.5 + 0.5 * n.y) * mix(0.35, 1.0, open);
  var shine = vec3f(0.0);
  for (var k = 0u; k < frame.counts.y; k++) {
    let l = lights[k];
    var to = l.at.xyz;
    var reach = FAR;
    var power = 1.0;
    let spread = l.u.xyz * (2.0 * r.x - 1.0) + l.v.xyz * (2.0 * r.y - 1.0);
    if (l.at.w > 0.5) { to = normalize(to + spread); }
    else {
      to = to + spread - at;
      reach = length(to);
      to = to / reach;
      power = 1.0 / (0.3 + reach * reach);
      let face = cross(l.u.xyz, l.v.xyz);
      if (dot(face, face) > 1e-12 && l.colour.w > 0.5) { power *= max(0.0, -dot(normalize(face), to)); }
    }
    let lambert = dot(n, to);
    if (lambert <= 0.0 || dot(geometric, to) <= 0.0 || power < 1e-5) { continue; }
    if (!cheap && blocked(start, to, reach - 0.03)) { continue; }
    received += l.colour.rgb * power * lambert;
    if (m.surface.x > 0.0) {
      let half = normalize(to - d);
      shine += l.colour.rgb * power * m.surface.x * pow(max(0.0, dot(n, half)), 8.0 + 120.0 * m.surface.x);
    }
  }
  let fresnel = pow(1.0 - facing, 4.0);
  return Shade(albedo, received, own + shine * 0.5, m.surface.y * (0.25 + 0.75 * fresnel), n);
}

@compute @workgroup_size(8, 8)
fn cast_rays(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= frame.size.x || id.y >= frame.size.y) { return; }
  let at = id.y * frame.size.x + id.x;
  let p = (vec2f(id.xy) + 0.5) / vec2f(frame.size.xy) * 2.0 - 1.0;
  let d = normalize(frame.forward.xyz + frame.right.xyz * p.x * frame.right.w - frame.up.xyz * p.y * frame.up.w);
  let o = frame.eye.xyz;
  let hit = trace(o, d);
  if (hit.t >= FAR) {
    base[at] = vec4f(0.0);
    light[at] = vec4f(0.0, 0.0, 0.0, -1.0);
    pixels[at] = vec4f(sky(d), 0.0);
    return;
  }
  let got = shade(hit, o, d, random2(id.xy, frame.size.w % 61u), false);
  var own = got.own;
  var keep = 1.0;
  if (got.mirror > 0.01) {
    let way = reflect(d, got.normal);
    let foot = o + d * hit.t + got.normal * 2e-3;
    let second = trace(foot, way);
    var seen = sky(way);
    if (second.t < FAR) {
      let far = shade(second, foot, way, vec2f(0.5), true);
      seen = far.albedo * far.light + far.own;
    }
    let share = min(got.mirror, 0.95);
    own = mix(own, seen, share);
    keep = 1.0 - share;
  }
  let clear = exp(-frame.fog.w * hit.t);
  base[at] = vec4f(got.albedo, 1.0 / (hit.t * dot(d, frame.forward.xyz)));
  light[at] = vec4f(got.light, f32(hit.primitive));
  pixels[at] = vec4f(own * clear + frame.fog.rgb * (1.0 - clear), keep * clear);
}

/// Averages the light over 5 × 5 pixels of the same primitive, which takes the grain of the random rays away.
@compute @workgroup_size(8, 8)
fn compose(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= frame.size.x || id.y >= frame.size.y) { return; }
  let at = id.y * frame.size.x + id.x;
  let mine = light[at].w;
  var sum = vec4f(0.0);
  for (var k = 0; k < 25; k++) {
    let q = vec2i(id.xy) + vec2i(k % 5, k / 5) - 2;
    if (any(q < vec2i(0)) || any(q >= vec2i(frame.size.xy))) { continue; }
    let other = light[u32(q.y) * frame.size.x + u32(q.x)];
    if (other.w == mine) { sum += vec4f(other.rgb, 1.0); }
  }
  let rest = pixels[at];
  pixels[at] = vec4f(base[at].rgb * sum.rgb / sum.w * rest.w + rest.rgb, base[at].w);
}
