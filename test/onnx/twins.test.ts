// The CPU twins against ONNX's own operator tests: every input is bound as a constant, so that the whole model folds.
import { afterAll, describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { importGraph } from '../../src/runtime/onnx/import.ts'
import {
  disagreement,
  haveCases,
  type OnnxCase,
  outcome,
  readCases,
  readDataSets,
  whySkipped,
} from '../harness/onnx-case.ts'

/** What is wrong with a case; null where all outputs agree. */
function problemOf(c: OnnxCase): string | null {
  for (const { inputs, outputs } of readDataSets(c)) {
    const graph = importGraph({ bytes: c.bytes, name: c.name }, operators, { constants: inputs })
    for (const [i, name] of graph.outputNames.entries()) {
      if (!outputs[name]) continue
      const value = graph.outputs[i].fact.value
      if (!value) return `output "${name}" does not fold`
      const wrong = disagreement(value, outputs[name])
      if (wrong) return `output "${name}": ${wrong}`
    }
  }
  return null
}

describe.skipIf(!haveCases)('ONNX operator tests', () => {
  const skipped = new Map<string, string[]>()
  const skip = (why: string, name: string) => skipped.set(why, [...(skipped.get(why) ?? []), name])
  const byOperator = new Map<string, OnnxCase[]>()
  let passed = 0
  let failed = 0
  for (const c of haveCases ? readCases() : []) {
    const why = whySkipped(c, operators)
    if (why) skip(why, c.name)
    else {
      // A model of several nodes is a function's expansion.
      const key = c.operators.length === 1 ? c.operators[0] : 'several operators'
      byOperator.set(key, [...(byOperator.get(key) ?? []), c])
    }
  }
  for (const [operator, cases] of [...byOperator].sort(([a], [b]) => (a < b ? -1 : 1)))
    it(`${operator}: ${cases.length} cases`, () => {
      const problems = cases.flatMap((c) => {
        const o = outcome(() => problemOf(c))
        if ('failed' in o) return [`${c.name}: ${o.failed}`]
        if ('refused' in o) skip(o.refused.replace(/node ".*?" /, ''), c.name)
        else passed++
        return []
      })
      failed += problems.length
      expect(problems.join('\n')).toBe('')
    })
  afterAll(() => {
    const count = [...skipped.values()].reduce((n, list) => n + list.length, 0)
    const lines = [...skipped].sort().map(([why, names]) => `  ${why}: ${names.length}`)
    console.log(`ONNX operator tests: ${passed} passed, ${failed} failed, ${count} skipped:\n${lines.join('\n')}`)
  })
})

if (!haveCases) console.log('ONNX operator tests: the folder shared/onnx-node does not exist; skipped')
