// Element types of a decoded graph's values, as far as float32 matters: by the rules of ONNX's operators, without shapes.

/** TensorProto.DataType: https://onnx.ai/onnx/api/classes.html#tensorproto */
export const FLOAT = 1
export const HALF = 10
const UINT8 = 2
const INT64 = 7
const BOOL = 9

/** Operators whose result has one type whatever goes in. */
const RESULTS = new Map([
  ...['Shape', 'Size', 'NonZero', 'ArgMax', 'ArgMin'].map((op) => [op, INT64]),
  ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor', 'Not', 'IsNaN', 'IsInf'].map(
    (op) => [op, BOOL],
  ),
])

/** Which input gives the result its type, where it is not the first. */
const LIKE = { Where: 1, OneHot: 2, CastLike: 1, DequantizeLinear: 1, QuantizeLinear: 2 }

const attribute = (node, name) => node.attribute?.find((a) => a.name === name)

function resultOf(node, types) {
  const { opType } = node
  if (opType === 'Cast') return Number(attribute(node, 'to').i)
  if (opType === 'EyeLike' && attribute(node, 'dtype')) return Number(attribute(node, 'dtype').i)
  if (opType === 'ConstantOfShape') return attribute(node, 'value')?.t.dataType ?? FLOAT
  if (opType === 'QuantizeLinear' && !node.input[2]) return UINT8
  return RESULTS.get(opType) ?? types.get(node.input[LIKE[opType] ?? 0])
}

/** Value name to TensorProto.DataType; values of unknown type are left out. `Constant` nodes must be initializers by now. */
export function typesOf(graph) {
  const types = new Map(graph.initializer.map((t) => [t.name, t.dataType]))
  for (const port of graph.input) types.set(port.name, port.type?.tensorType?.elemType)
  for (const node of graph.node)
    node.output.forEach((y, i) => {
      const branch = attribute(node, 'then_branch')?.g.output[i]
      const indices = i > 0 && (node.opType === 'TopK' || node.opType === 'MaxPool')
      types.set(y, branch ? branch.type?.tensorType?.elemType : indices ? INT64 : resultOf(node, types))
    })
  return types
}
