// The linear index of an invocation in a grid that may have been folded into two dimensions.
fn linear_index(id: vec3<u32>, groups: vec3<u32>, size: u32) -> u32 {
  return id.x + id.y * groups.x * size;
}
