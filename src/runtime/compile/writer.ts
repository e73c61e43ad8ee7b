// The WGSL of a node's tail: what `write` does with four columns of a row before it stores them.
import { opOf } from '../graph/build.ts'
import { STORAGE } from '../layout.ts'
import { ownInputs } from '../node.ts'
import type { Node, Ops, ScalarKind, Step, Value, Writer } from '../op.ts'
import { type DType, isFloat, scalar, sizeOf } from '../tensor.ts'

const ARITHMETIC: Record<DType, ScalarKind['scalar']> = {
  float32: 'f32',
  float16: 'f32',
  int8: 'i32',
  int32: 'i32',
  int64: 'i32',
  uint8: 'u32',
  uint32: 'u32',
  bool: 'bool',
}

const vector = (type: string, lanes: number) => (lanes === 1 ? type : `vec${lanes}<${type}>`)

/** Bits of a value that no WGSL literal can express are read at run time. */
function literal(v: number, kind: ScalarKind['scalar']): string {
  if (kind === 'bool') return v ? 'true' : 'false'
  if (kind === 'i32') return v <= -2147483648 ? '(-2147483647 - 1)' : `${Math.min(v, 2147483647)}`
  if (kind === 'u32') return `${v}u`
  if (Number.isNaN(v)) return 'bitcast<f32>(infinity_bits | 1u)'
  if (!Number.isFinite(v)) return v > 0 ? 'bitcast<f32>(infinity_bits)' : '-bitcast<f32>(infinity_bits)'
  const text = String(Math.fround(v))
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`
}

function kindOf(dtype: DType, lanes: number): ScalarKind {
  const scalar = ARITHMETIC[dtype]
  const type = vector(scalar, lanes)
  return { scalar, type, lit: (v) => (lanes === 1 ? literal(v, scalar) : `${type}(${literal(v, scalar)})`) }
}

/** A stored element as its arithmetic type, or back. */
function load(text: string, dtype: DType, lanes: number): string {
  if (dtype === 'bool') return `(${text} != ${vector('u32', lanes)}(0u))`
  return dtype === 'float16' ? `${vector('f32', lanes)}(${text})` : text
}
function store(text: string, dtype: DType, lanes: number): string {
  const type = vector(STORAGE[dtype], lanes)
  return dtype === 'bool' ? `select(${type}(0u), ${type}(1u), ${text})` : `${type}(${text})`
}

/** The steps that a kernel's `write` runs: a pointwise operator is the first step of its own tail. */
export function stepsOf(node: Node, ops: Ops): Step[] {
  const op = opOf(ops, node.op)
  if (!op.pointwise) return node.tail ?? []
  const own = Array.from({ length: ownInputs(node) }, (_, i) => i)
  return [{ op: node.op, attrs: node.attrs, args: own }, ...(node.tail ?? [])]
}

/** Shape of an operand against the output: same elements, one value, one value a column, or anything that broadcasts. */
function operandIndex(operand: Value, y: Value, cols: number): { index: string; splat: boolean } {
  const shape = y.fact.shape
  const own = operand.fact.shape
  const n = sizeOf(own)
  if (n === 1) return { index: '0u', splat: true }
  if (n === sizeOf(shape)) return { index: 'row * COLS + col', splat: false }
  const last = own[own.length - 1]
  if (n === last && last === cols) return { index: 'col', splat: false }
  const parts: string[] = []
  let below = 1
  let stride = n === 0 ? 0 : 1
  for (let axis = shape.length - 1, o = own.length - 1; o >= 0; axis--, o--) {
    if (axis < shape.length - 1) {
      if (own[o] !== 1) {
        const coordinate = below === 1 ? 'row' : `row / ${below}u`
        parts.push(`(${coordinate}) % ${shape[axis]}u * ${stride}u`)
      }
      below *= shape[axis]
    }
    stride *= own[o]
  }
  const splat = last === 1
  if (!splat) parts.push('col')
  return { index: parts.join(' + '), splat }
}

/** Builds the writer of a node. `cols`: elements a row, as the kernel sees the output. */
export function makeWriter(node: Node, ops: Ops, cols: number): Writer {
  const y = node.outputs[0]
  const steps = stepsOf(node, ops)
  const lanes = cols % 4 === 0 ? 4 : 1
  const extra: Writer['extra'] = []
  const lines: string[] = []
  const operands = new Map<number, { text: string; dtype: DType }>()

  const operand = (i: number) => {
    const known = operands.get(i)
    if (known) return known
    const v = node.inputs[i]
    if (!v) return { text: '', dtype: y.fact.dtype }
    const dtype = v.fact.dtype
    const name = `t${i}`
    let made = { text: name, dtype }
    if (v.fact.value && sizeOf(v.fact.shape) === 1)
      made = { text: kindOf(dtype, lanes).lit(scalar(v.fact.value)), dtype }
    else {
      const { index, splat } = operandIndex(v, y, cols)
      const width = splat ? 1 : lanes
      const binding = `operand${i}`
      extra.push({ name: binding, type: vector(STORAGE[dtype], width), value: v })
      const at = width === 4 ? `(${index}) / 4u` : index
      const text = load(`${binding}[${at}]`, dtype, width)
      lines.push(`  let ${name} = ${splat && lanes === 4 ? `${vector(ARITHMETIC[dtype], 4)}(${text})` : text};`)
    }
    operands.set(i, made)
    return made
  }

  let dtype: DType = isFloat(y.fact.dtype) ? y.fact.dtype : 'float32'
  let current = 'v'
  steps.forEach((step, k) => {
    const args = step.args.map((i) => (i === null ? { text: current, dtype } : operand(i)))
    const op = opOf(ops, step.op)
    const facts = step.args.map((i) => (i === null ? { dtype, shape: y.fact.shape } : (node.inputs[i]?.fact ?? null)))
    lines.push(
      `  let s${k} = ${op.pointwise!.wgsl(
        args.map((a) => a.text),
        step.attrs as any,
        kindOf(args[0].dtype, lanes),
      )};`,
    )
    dtype = op.infer(facts, step.attrs)[0].dtype
    current = `s${k}`
  })

  const result = y.fact.dtype
  const value = isFloat(result) || steps.length ? 'f32' : STORAGE[result]
  const types = { out: vector(STORAGE[result], lanes), value: `vec4<${value}>` }
  const final = steps.length || isFloat(result) ? store(current, result, lanes) : current
  const body = lines.join('\n')
  const usesInfinity = body.includes('infinity_bits')
  const prelude =
    (usesInfinity ? 'var<private> infinity_bits: u32 = 0x7f800000u;\n' : '') +
    (/\w4\(/.test(body) ? '#import math\n' : '')
  const write =
    lanes === 4
      ? `fn write(row: u32, col: u32, v: value) {\n${body}\n  y[(row * COLS + col) / 4u] = ${final};\n}`
      : `fn write(row: u32, first: u32, quad: value) {
  for (var lane = 0u; lane < 4u && first + lane < COLS; lane++) { write_one(row, first + lane, quad[lane]); }
}
fn write_one(row: u32, col: u32, v: ${value}) {\n${body}\n  y[row * COLS + col] = ${final};\n}`
  return { types, functions: { write: prelude + write }, extra, flops: steps.length * sizeOf(y.fact.shape) }
}
