// Where the pixel `at` of an upright picture lies among stored rows. Bits of `turn`: 1 columns reversed, 2 rows
// reversed, 4 rows and columns exchanged; in this order.
fn stored_at(at: vec2<u32>, upright: vec2<u32>, turn: u32) -> vec2<u32> {
  let reversed = upright - 1u - at;
  let p = select(at, reversed, vec2<bool>((turn & 1u) != 0u, (turn & 2u) != 0u));
  return select(p, p.yx, (turn & 4u) != 0u);
}

// The same as an index.
fn stored_index(at: vec2<u32>, upright: vec2<u32>, turn: u32) -> u32 {
  let p = stored_at(at, upright, turn);
  return p.y * select(upright.x, upright.y, (turn & 4u) != 0u) + p.x;
}
