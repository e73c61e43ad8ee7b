// Turns what exporters write out at length back into one operator: LayerNormalization, Gelu, Swish, HardSwish, a softmax
// without its guard.
import type { Node, Value } from '../op.ts'
import { axisOf, fromNumbers, numbers, sizeOf } from '../tensor.ts'
import { constantScalar, eachNode, producer, type Rewriter, withScalar } from './rewrite.ts'

const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) <= 1e-4 * Math.abs(b)

/** True for a ReduceMean over the last axis alone. */
function meansLastAxis(node: Node | undefined): node is Node {
  const axes = node?.inputs[1]?.fact.value
  if (!node || !axes || node.attrs.keepdims === false) return false
  const rank = node.inputs[0]!.fact.shape.length
  const list = [...numbers(axes)]
  return list.length === 1 && axisOf(list[0], rank) === rank - 1
}

/** x − mean(x): the x. */
function centred(v: Value | null): Value | undefined {
  const sub = producer(v, 'Sub')
  const mean = producer(sub?.inputs[1], 'ReduceMean')
  return sub && meansLastAxis(mean) && mean.inputs[0] === sub.inputs[0] ? sub.inputs[0]! : undefined
}

/** A value squared: what is squared. */
function squared(v: Value | null): Value | undefined {
  const pow = producer(v, 'Pow')
  if (pow && constantScalar(pow.inputs[1]) === 2) return pow.inputs[0]!
  const mul = producer(v, 'Mul')
  return mul && mul.inputs[0] === mul.inputs[1] ? mul.inputs[0]! : undefined
}

/** A constant with one value a channel, as a vector. */
function channelVector(v: Value | null, channels: number): boolean {
  const t = v?.fact.value
  return !!t && sizeOf(t.shape) === channels && (t.shape.at(-1) ?? 1) === channels
}

/** The only user of a value, where it is a `op` with a channel constant as its other operand. */
function affine(r: Rewriter, v: Value, op: string, channels: number): { node: Node; constant: Value } | undefined {
  const node = r.sole(v)
  if (!node || node.op !== op || node.tail?.length) return undefined
  const constant = node.inputs.find((u) => u !== v) ?? null
  return channelVector(constant, channels) ? { node, constant: constant! } : undefined
}

/** (x − mean) / sqrt(mean((x − mean)²) + ε), with scale and bias where they follow. */
function layerNorm(r: Rewriter, node: Node): boolean {
  if (node.op !== 'Div') return false
  const x = centred(node.inputs[0])
  const add = producer(producer(node.inputs[1], 'Sqrt')?.inputs[0], 'Add')
  const variance = withScalar(add)
  const mean = producer(variance?.x, 'ReduceMean')
  if (!x || !variance || !meansLastAxis(mean) || centred(squared(mean.inputs[0]) ?? null) !== x) return false
  const channels = x.fact.shape.at(-1)!
  const scale = affine(r, node.outputs[0], 'Mul', channels)
  const bias = scale && affine(r, scale.node.outputs[0], 'Add', channels)
  const last = bias?.node ?? scale?.node ?? node
  return r.rewrite(last, (b) => {
    const flat = (c: Value) =>
      b.emit('Reshape', [c, b.constant(fromNumbers('int64', [1], [channels]))], { allowzero: true })[0]
    const ones = b.constant(fromNumbers(x.fact.dtype, [channels], new Array(channels).fill(1)))
    const inputs = [x, scale ? flat(scale.constant) : ones, ...(bias ? [flat(bias.constant)] : [])]
    return b.emit('LayerNormalization', inputs, { axis: -1, epsilon: variance.c })
  })
}

/** x / √2: the x. */
function overRoot2(v: Value | null): Value | undefined {
  const div = withScalar(producer(v, 'Div'))
  if (div && near(div.c, Math.SQRT2)) return div.x
  const mul = withScalar(producer(v, 'Mul'))
  return mul && near(mul.c, Math.SQRT1_2) ? mul.x : undefined
}

/** ½ x (1 + erf(x / √2)), the three factors in any order. */
function gelu(r: Rewriter, node: Node): boolean {
  if (node.op !== 'Erf') return false
  const x = overRoot2(node.inputs[0])
  const add = r.sole(node.outputs[0])
  if (!x || add?.op !== 'Add' || withScalar(add)?.c !== 1) return false
  const first = r.sole(add.outputs[0])
  if (first?.op !== 'Mul') return false
  const other = first.inputs.find((v) => v !== add.outputs[0]) ?? null
  const half = withScalar(producer(other, 'Mul'))
  if (half && half.x === x && near(half.c, 0.5)) return r.rewrite(first, (b) => b.emit('Gelu', [x], { tanh: false }))
  const last = r.sole(first.outputs[0])
  const final = last?.op === 'Mul' ? withScalar(last) : undefined
  if (other === x && final && near(final.c, 0.5)) return r.rewrite(last!, (b) => b.emit('Gelu', [x], { tanh: false }))
  const halved = withScalar(first)
  if (halved && near(halved.c, 0.5) && last?.op === 'Mul' && last.inputs.includes(x))
    return r.rewrite(last, (b) => b.emit('Gelu', [x], { tanh: false }))
  return false
}

/** x · sigmoid(x), and x · clip(x/6 + ½). */
function swish(r: Rewriter, node: Node): boolean {
  if (node.op !== 'Mul') return false
  for (const [i, j] of [
    [0, 1],
    [1, 0],
  ]) {
    const x = node.inputs[i]
    const gate = node.inputs[j]?.producer
    if (!gate || gate.tail?.length || gate.inputs[0] !== x || !r.sole(gate.outputs[0])) continue
    if (gate.op === 'Sigmoid') return r.rewrite(node, (b) => b.emit('Swish', [x], { alpha: 1 }))
    if (gate.op === 'HardSigmoid' && near(gate.attrs.alpha, 1 / 6) && gate.attrs.beta === 0.5)
      return r.rewrite(node, (b) => b.emit('HardSwish', [x], {}))
  }
  return false
}

/**
 * True where every row of scores has a finite element and none that is NaN or ∞, as long as what is computed is finite:
 * a product, scaled, with constants added.
 */
function rowsStayFinite(v: Value): boolean {
  const t = v.fact.value
  if (t) {
    const data = numbers(t)
    const length = t.shape.at(-1) ?? 1
    for (let start = 0; start < data.length; start += length) {
      let finite = false
      for (let i = start; i < start + length; i++) {
        if (Number.isFinite(data[i])) finite = true
        else if (data[i] !== Number.NEGATIVE_INFINITY) return false
      }
      if (!finite) return false
    }
    return true
  }
  const node = v.producer
  if (!node || node.tail?.length) return false
  if (node.op === 'MatMul') return true
  if (node.op === 'Reshape') return rowsStayFinite(node.inputs[0]!)
  if (node.op === 'Add') {
    const [a, b] = node.inputs as Value[]
    return !(a.fact.value && b.fact.value) && rowsStayFinite(a) && rowsStayFinite(b)
  }
  const scaled = node.op === 'Mul' || node.op === 'Div' ? withScalar(node) : undefined
  return !!scaled && Number.isFinite(scaled.c) && scaled.c !== 0 && rowsStayFinite(scaled.x)
}

/** Where(IsNaN(p), 0, p) behind a softmax: the guard against rows that are masked altogether, where none can be. */
function softmaxGuard(r: Rewriter, node: Node): boolean {
  if (node.op !== 'Where') return false
  const [condition, zero, p] = node.inputs
  const softmax = producer(p, 'Softmax')
  if (!softmax || producer(condition, 'IsNaN')?.inputs[0] !== p || constantScalar(zero) !== 0) return false
  const shape = p!.fact.shape
  if (axisOf(softmax.attrs.axis, shape.length) !== shape.length - 1 || !rowsStayFinite(softmax.inputs[0]!)) return false
  return r.rewrite(node, () => [p!])
}

export const recognise = eachNode(
  'recognise',
  (r, node) => node.tail?.length || layerNorm(r, node) || gelu(r, node) || swish(r, node) || softmaxGuard(r, node),
)
