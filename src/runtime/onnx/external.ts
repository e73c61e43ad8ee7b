// Which files lie beside a model: https://onnx.ai/onnx/repo-docs/ExternalData.html
import type { ModelSource } from '../model.ts'
import { decodeModel } from './import.ts'
import type { onnx } from './schema.ts'

/**
 * The locations of external data that a model names, with the bytes that each must have as far as the model tells. Throws
 * `model` where it is none.
 */
export function externalFiles(source: ModelSource): Map<string, number> {
  const found = new Map<string, number>()
  const tensor = (t: onnx.Tensor | null | undefined) => {
    if (t?.dataLocation !== 1) return
    const { location, offset, length } = Object.fromEntries((t.externalData ?? []).map((e) => [e.key, e.value]))
    if (location === undefined) return
    const end = Number(offset ?? 0) + Number(length ?? 0)
    found.set(location, Math.max(found.get(location) ?? 0, end))
  }
  const nodes = (list: readonly onnx.Node[] | undefined) => {
    for (const a of (list ?? []).flatMap((node) => node.attribute ?? [])) {
      tensor(a.t)
      if (a.g) graph(a.g)
    }
  }
  const graph = (g: onnx.Graph) => {
    g.initializer?.forEach(tensor)
    nodes(g.node)
  }
  const model = decodeModel(source)
  graph(model.graph)
  for (const f of model.functions ?? []) nodes(f.node)
  return found
}
