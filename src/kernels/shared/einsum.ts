// Reading of Einsum's equations: subscripts become lists of labels, an ellipsis one label an axis.
import { ensure } from '../../runtime/error.ts'
import { formatShape } from '../../runtime/tensor.ts'

export interface Equation {
  /** Labels of each operand's axes; a label that comes twice asks for the diagonal. */
  terms: string[][]
  /** Labels of the result's axes, each once. */
  output: string[]
  /** Elements along each label. An operand whose axis is 1 broadcasts along it. */
  sizes: Map<string, number>
}

const ELLIPSIS = '...'

/** A subscript as labels; the ellipsis stands as itself. */
function labelsOf(subscript: string, equation: string): string[] {
  const at = subscript.indexOf(ELLIPSIS)
  const [before, after] = at < 0 ? [subscript, ''] : [subscript.slice(0, at), subscript.slice(at + ELLIPSIS.length)]
  const letters = [...before, ...after]
  ensure(
    letters.every((c) => /[A-Za-z]/.test(c)),
    'model',
    `the subscript "${subscript}" of "${equation}" is not made of letters and one ellipsis`,
  )
  return at < 0 ? letters : [...before, ELLIPSIS, ...after]
}

/** The labels of the axes that an ellipsis stands for, aligned to the last one. */
const hidden = (n: number) => Array.from({ length: n }, (_, i) => `.${n - i}`)

/** Reads an equation for operands of the given shapes. */
export function parseEquation(equation: string, shapes: readonly (readonly number[])[]): Equation {
  const text = equation.replace(/\s/g, '')
  const [left, right, ...more] = text.split('->')
  ensure(more.length === 0, 'model', `"${equation}" has more than one arrow`)
  const subscripts = left.split(',').map((s) => labelsOf(s, equation))
  ensure(
    subscripts.length === shapes.length,
    'shape',
    `"${equation}" names ${subscripts.length} operands, the node has ${shapes.length}`,
  )
  let widest = 0
  const terms = subscripts.map((labels, k) => {
    const shape = shapes[k]
    const open = labels.includes(ELLIPSIS)
    const rest = shape.length - (open ? labels.length - 1 : labels.length)
    ensure(
      open ? rest >= 0 : rest === 0,
      'shape',
      () =>
        `operand ${k} of "${equation}" is ${formatShape(shape)}, of ${shape.length} axes instead of ${shape.length - rest}`,
    )
    if (open) widest = Math.max(widest, rest)
    return labels.flatMap((l) => (l === ELLIPSIS ? hidden(rest) : [l]))
  })
  const sizes = new Map<string, number>()
  terms.forEach((labels, k) => {
    labels.forEach((l, axis) => {
      const d = shapes[k][axis]
      const before = sizes.get(l) ?? 1
      ensure(
        d === before || d === 1 || before === 1,
        'shape',
        () => `axis ${axis} of operand ${k} of "${equation}" is ${d} instead of ${before}`,
      )
      ensure(
        labels.indexOf(l) === axis || shapes[k][labels.indexOf(l)] === d,
        'shape',
        () => `the diagonal "${l}" of operand ${k} of "${equation}" is not square: ${formatShape(shapes[k])}`,
      )
      sizes.set(l, d === 1 ? before : d)
    })
  })
  const count = new Map<string, number>()
  for (const l of subscripts.flat()) count.set(l, (count.get(l) ?? 0) + 1)
  const implicit = () => [
    ELLIPSIS,
    ...[...count]
      .filter(([l, n]) => n === 1 && l !== ELLIPSIS)
      .map(([l]) => l)
      .sort(),
  ]
  const result = right === undefined ? implicit() : labelsOf(right, equation)
  const output = result.flatMap((l) => (l === ELLIPSIS ? hidden(widest) : [l]))
  for (const [i, l] of output.entries()) {
    ensure(sizes.has(l), 'model', `"${l}" of the result of "${equation}" is in no operand`)
    ensure(output.indexOf(l) === i, 'model', `"${l}" comes twice in the result of "${equation}"`)
  }
  return { terms, output, sizes }
}
