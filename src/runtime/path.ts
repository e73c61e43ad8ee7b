// Node names as paths: which layer of the network a node belongs to.

// Up to the first part that ends in a number after a word for a repeated layer: /encoder/layer.3, /blocks/blocks.0.
const NUMBERED = /^(.*?(?:^|[/.])(?:layers?|blocks?|stages?|resblocks?|h)[./_])(\d+)(?=[/.]|$)/

/** The repeated layer that a node's name starts with, as its path up to the number, and the number. */
export function numberedLayer(node: string): { path: string; index: string } | undefined {
  const found = NUMBERED.exec(node)
  return found ? { path: found[1], index: found[2] } : undefined
}

/** Parts of a path that name a layer where none is numbered. */
const DEPTH = 2

/** The layer of a node: up to the number of a repeated layer, else the first parts of its path; '' at the top. */
export function layerOf(node: string): string {
  const numbered = numberedLayer(node)
  if (numbered) return numbered.path + numbered.index
  const parts = node.split('/')
  return parts.slice(0, Math.min(parts.length - 1, (parts[0] ? 0 : 1) + DEPTH)).join('/')
}
