// A constant that the compiler must take for a variable: `length` is the length of a bound array, which is never 0. A
// loop up to it is not unrolled; unrolling costs the compilers of software adapters seconds.
fn run_time(constant: u32, length: u32) -> u32 {
  return constant - u32(length == 0u);
}
