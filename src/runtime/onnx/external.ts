// Which files lie beside a model: https://onnx.ai/onnx/repo-docs/ExternalData.html
import type { ModelSource } from '../model.ts'
import { decodeModel } from './import.ts'
import type { onnx } from './schema.ts'

/** The locations of external data that a model names, each once. Throws `model` where it is none. */
export function externalLocations(source: ModelSource): string[] {
  const found = new Set<string>()
  const tensor = (t: onnx.Tensor | null | undefined) => {
    if (t?.dataLocation !== 1) return
    for (const { key, value } of t.externalData ?? []) if (key === 'location') found.add(value)
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
  return [...found]
}
