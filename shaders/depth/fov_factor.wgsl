// y = width / focal length = 2 tan(x / 2) for a horizontal field of view of x degrees. One invocation.
alias elem = f32;

struct Params {
  radians: f32,              // of half a degree
}

@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<elem>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(1)
fn main() {
  y[0] = 2.0 * tan(p.radians * f32(x[0]));
}
