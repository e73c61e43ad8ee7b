// ONNX's own operator tests through the passes: the inputs that kernels would compute on stay open, the graph is
// rewritten as for a GPU, and the twins of what came out must still give the expected results.
import { afterAll, describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { importGraph } from '../../src/runtime/onnx/import.ts'
import { optimise } from '../../src/runtime/passes/index.ts'
import { isFloat, type Tensor } from '../../src/runtime/tensor.ts'
import {
  disagreement,
  haveCases,
  interpret,
  type OnnxCase,
  outcome,
  readCases,
  readDataSets,
  whySkipped,
} from '../harness/onnx-case.ts'

type Open = (t: Tensor, i: number, name: string) => boolean

/** Floats stay open, and so does the first input; others may decide shapes. */
const most: Open = (t, i, name) => i === 0 || (isFloat(t.dtype) && !/scales|roi/i.test(name))
const fewest: Open = (t, i) => i === 0 && isFloat(t.dtype)

/** What is wrong with a case; null where all outputs agree. */
function problemOf(c: OnnxCase, open: Open): string | null {
  for (const { inputs, outputs } of readDataSets(c)) {
    const entries = Object.entries(inputs)
    const constants = Object.fromEntries(entries.filter(([name, t], i) => !open(t, i, name)))
    const shapes = Object.fromEntries(
      entries.flatMap(([name, t]) => (constants[name] ? [] : [[name, [...t.shape]] as [string, number[]]])),
    )
    const graph = importGraph({ bytes: c.bytes, name: c.name }, operators, { constants, shapes })
    optimise(graph, operators, { precision: 'f32' })
    const values = interpret(graph, operators, inputs)
    for (const [i, name] of graph.outputNames.entries()) {
      const wrong = outputs[name] && disagreement(values[i], outputs[name])
      if (wrong) return `output "${name}": ${wrong}`
    }
  }
  return null
}

describe.skipIf(!haveCases)('ONNX operator tests through the passes', () => {
  const cases = haveCases ? readCases().filter((c) => !whySkipped(c, operators)) : []
  const refused: string[] = []
  let passed = 0
  let failed = 0
  for (const suite of new Set(cases.map((c) => c.name.split('/')[0])))
    it(suite, () => {
      const problems = cases.flatMap((c) => {
        if (!c.name.startsWith(`${suite}/`)) return []
        let o = outcome(() => problemOf(c, most))
        if ('refused' in o) o = outcome(() => problemOf(c, fewest))
        if ('failed' in o) return [`${c.name}: ${o.failed}`]
        if ('refused' in o) refused.push(`  ${c.name}: ${o.refused}`)
        else passed++
        return []
      })
      failed += problems.length
      expect(problems.join('\n')).toBe('')
    })
  afterAll(() => {
    const list = refused.length ? `:\n${refused.join('\n')}` : ''
    console.log(
      `ONNX operator tests through the passes: ${passed} passed, ${failed} failed, ${refused.length} refused${list}`,
    )
  })
})
