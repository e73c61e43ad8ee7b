// Reads the cases of ONNX's own operator tests: a folder with a model and with inputs and outputs as TensorProtos.
// https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md
import fs from 'node:fs'
import path from 'node:path'
import { compare } from './tolerance.mjs'

/** @typedef {import('../../src/runtime/tensor.ts').Tensor} Tensor */

/**
 * A tensor of a case; `rounded` tells the type to which its values were rounded where the engine holds them in a wider one.
 * @typedef {Tensor & { rounded?: 'bfloat16' }} CaseTensor
 */

/** TensorProto.DataType of bfloat16. */
const BFLOAT16 = 16

/**
 * The engine's own reader, from its sources or from its build.
 * @typedef {Pick<typeof import('../../src/runtime/onnx/import.ts'), 'decodeModel' | 'opKey' | 'opsetOf' | 'unsupportedOperators'>
 *   & Pick<typeof import('../../src/runtime/onnx/schema.ts'), 'TensorProto'>
 *   & Pick<typeof import('../../src/runtime/onnx/tensors.ts'), 'readTensor'>} Reader
 */

/**
 * @typedef {object} OnnxCase
 * @property {string} name `suite/test_name`
 * @property {string} folder
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {number} opset
 * @property {string[]} operators the model's operators, by their keys in the table; the first is what the case is for
 * @property {ReturnType<Reader['decodeModel']>} model
 */

/**
 * A set of feeds and what must come of them, by the graph's names.
 * @typedef {{ inputs: Record<string, Tensor>, outputs: Record<string, CaseTensor> }} DataSet
 */

// Element types that the engine does not have: https://onnx.ai/onnx/api/classes.html#tensorproto
/** @type {Record<number, string>} */
const OTHER_TYPES = {
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
}

/** The folders below `folder` that hold a case, in order. */
function caseFolders(/** @type {string} */ folder) {
  /** @type {string[]} */
  const found = []
  const visit = (/** @type {string} */ at) => {
    const entries = fs.readdirSync(at, { withFileTypes: true })
    if (entries.some((e) => e.name === 'model.onnx')) found.push(at)
    else for (const e of entries) if (e.isDirectory() || e.isSymbolicLink()) visit(path.join(at, e.name))
  }
  visit(folder)
  return found.sort()
}

/** @param {Reader} reader */
export function onnxCases({ decodeModel, opKey, opsetOf, unsupportedOperators, TensorProto, readTensor }) {
  /** @returns {OnnxCase} */
  function readCase(/** @type {string} */ folder) {
    const name = folder.split(path.sep).slice(-2).join('/')
    const bytes = new Uint8Array(fs.readFileSync(path.join(folder, 'model.onnx')))
    const model = decodeModel({ bytes, name })
    const operators = [...new Set((model.graph.node ?? []).map(opKey))]
    return { name, folder, bytes, opset: opsetOf(model), operators, model }
  }

  /** @returns {Record<string, CaseTensor>} */
  function readFolder(/** @type {string} */ folder, /** @type {string} */ kind, /** @type {string[]} */ names) {
    /** @type {Record<string, CaseTensor>} */
    const tensors = {}
    names.forEach((name, i) => {
      const file = path.join(folder, `${kind}_${i}.pb`)
      if (!fs.existsSync(file)) return
      const bytes = new Uint8Array(fs.readFileSync(file))
      const proto = TensorProto.decode(bytes)
      const tensor = readTensor(proto, { bytes, name: file })
      tensors[name] = proto.dataType === BFLOAT16 ? { ...tensor, rounded: 'bfloat16' } : tensor
    })
    return tensors
  }

  return {
    /** Every case below a folder, in order of their names. */
    readCases: (/** @type {string} */ folder) => caseFolders(folder).map(readCase),

    /**
     * The case's data sets.
     * @returns {DataSet[]}
     */
    readDataSets(/** @type {OnnxCase} */ { folder, model: { graph } }) {
      const initialized = new Set((graph.initializer ?? []).map((t) => t.name))
      const fed = (graph.input ?? []).filter((i) => !initialized.has(i.name)).map((i) => i.name)
      const made = (graph.output ?? []).map((o) => o.name)
      const sets = fs.readdirSync(folder).filter((f) => f.startsWith('test_data_set_'))
      return sets.sort().map((set) => ({
        inputs: readFolder(path.join(folder, set), 'input', fed),
        outputs: readFolder(path.join(folder, set), 'output', made),
      }))
    },

    /**
     * Why the engine cannot run a case: operators that the table lacks, or values that are no tensors of a known type.
     * @param {OnnxCase} c
     * @param {Parameters<Reader['unsupportedOperators']>[1]} ops
     * @returns {string | null}
     */
    whySkipped({ model }, ops) {
      const missing = unsupportedOperators(model, ops).map((m) => m.op)
      if (missing.length) return `operator ${missing.join(', ')}`
      for (const port of [...(model.graph.input ?? []), ...(model.graph.output ?? [])]) {
        const type = port.type?.tensorType
        if (!type) return 'a value that is no tensor'
        const other = OTHER_TYPES[type.elemType]
        if (other) return `type ${other}`
      }
      return null
    },
  }
}

/**
 * The first disagreement with the expected tensor, in words; null where they agree.
 * @param {Tensor} actual
 * @param {CaseTensor} expected
 * @param {typeof import('../../src/runtime/tensor.ts').numbers} numbers
 */
export function disagreement(actual, expected, numbers) {
  if (actual.dtype !== expected.dtype) return `type ${actual.dtype} instead of ${expected.dtype}`
  const [a, e] = [actual.shape.join(', '), expected.shape.join(', ')]
  if (a !== e) return `shape [${a}] instead of [${e}]`
  return compare(numbers(actual), numbers(expected), expected.rounded ?? expected.dtype, 'onnx')
}
