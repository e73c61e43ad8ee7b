// Eight independent chains of a = a m + c an invocation, in registers: what the arithmetic units can do. One step is 64
// floating-point operations. The values run towards 1.
#import run_time

override STEPS: u32;
override WG: u32 = 64;

alias elem = vec4<f32>;

@group(0) @binding(0) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WG)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = elem(0.9375);
  let c = elem(0.0625);
  var a0 = elem(vec4<f32>(f32(id.x % 8u)));
  var a1 = a0 + elem(1);
  var a2 = a0 + elem(2);
  var a3 = a0 + elem(3);
  var a4 = a0 + elem(4);
  var a5 = a0 + elem(5);
  var a6 = a0 + elem(6);
  var a7 = a0 + elem(7);
  for (var s = 0u; s < run_time(STEPS, arrayLength(&y)); s++) {
    a0 = fma(a0, m, c);
    a1 = fma(a1, m, c);
    a2 = fma(a2, m, c);
    a3 = fma(a3, m, c);
    a4 = fma(a4, m, c);
    a5 = fma(a5, m, c);
    a6 = fma(a6, m, c);
    a7 = fma(a7, m, c);
  }
  y[id.x % arrayLength(&y)] = vec4<f32>(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7);
}
