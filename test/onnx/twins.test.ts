// The CPU twins against ONNX's own operator tests: every input is bound as a constant, so that the whole model folds.
import { afterAll, describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { importGraph } from '../../src/runtime/onnx/import.ts'
import {
  disagreement,
  haveCases,
  type OnnxCase,
  readCases,
  readDataSets,
  reason,
  whySkipped,
} from '../harness/onnx-case.ts'

/** Cases that are refused on purpose, and why. */
const REFUSED: Record<string, string> = {
  'node/test_training_dropout': 'random numbers',
  'node/test_training_dropout_default': 'random numbers',
  'node/test_training_dropout_default_mask': 'random numbers',
  'pytorch-converted/test_PReLU_2d_multiparam': 'the slope of opset 6, by channel',
  'pytorch-converted/test_PReLU_3d_multiparam': 'the slope of opset 6, by channel',
}

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

const failure = (c: OnnxCase): string | null => {
  try {
    return problemOf(c)
  } catch (e) {
    return reason(e)
  }
}

describe.skipIf(!haveCases)('ONNX operator tests', () => {
  const skipped = new Map<string, string[]>()
  const byOperator = new Map<string, OnnxCase[]>()
  let passed = 0
  for (const c of haveCases ? readCases() : []) {
    const why = REFUSED[c.name] ?? whySkipped(c, operators)
    if (why) skipped.set(why, [...(skipped.get(why) ?? []), c.name])
    else {
      // A model of several nodes is a function's expansion: it goes by its name.
      const key = c.operators.length === 1 ? c.operators[0] : 'several operators'
      byOperator.set(key, [...(byOperator.get(key) ?? []), c])
    }
  }
  for (const [operator, cases] of [...byOperator].sort(([a], [b]) => (a < b ? -1 : 1)))
    it(`${operator}: ${cases.length} cases`, () => {
      const problems = cases.flatMap((c) => {
        const wrong = failure(c)
        return wrong === null ? [] : [`${c.name}: ${wrong}`]
      })
      passed += cases.length - problems.length
      expect(problems.join('\n')).toBe('')
    })
  afterAll(() => {
    const total = [...byOperator.values()].reduce((n, list) => n + list.length, 0)
    const count = [...skipped.values()].reduce((n, list) => n + list.length, 0)
    const lines = [...skipped].sort().map(([why, names]) => `  ${why}: ${names.length}`)
    console.log(`ONNX operator tests: ${passed} of ${total} pass, ${count} skipped:\n${lines.join('\n')}`)
  })
})

if (!haveCases) console.log('ONNX operator tests: the folder shared/onnx-node does not exist; skipped')
