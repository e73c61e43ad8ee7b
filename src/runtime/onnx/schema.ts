// Types of the decoded file. Absent scalars read as 0 or '', absent messages as null.
import { schema } from './schema.gen.ts'
import { decoder } from './wire.ts'

export declare namespace onnx {
  interface StringEntry {
    key: string
    value: string
  }
  interface Tensor {
    dims?: number[]
    dataType?: number
    floatData?: number[]
    int32Data?: number[]
    int64Data?: number[]
    doubleData?: number[]
    uint64Data?: number[]
    name: string
    rawData?: Uint8Array
    externalData?: StringEntry[]
    dataLocation?: number
  }
  interface Dimension {
    value?: number | null
    param?: string | null
  }
  interface ValueInfo {
    name: string
    type?: { tensorType?: { elemType: number; shape?: { dim?: Dimension[] } | null } | null } | null
  }
  interface Attribute {
    name: string
    f: number
    i: number
    s: Uint8Array
    t?: Tensor | null
    g?: Graph | null
    floats?: number[]
    ints?: number[]
    strings?: Uint8Array[]
    type: number
    /** In a function's body: the attribute of the call whose value this one takes. */
    refAttrName: string
  }
  interface Node {
    input?: string[]
    output?: string[]
    name: string
    opType: string
    attribute?: Attribute[]
    domain: string
    overload: string
  }
  interface Graph {
    node?: Node[]
    name: string
    initializer?: Tensor[]
    input?: ValueInfo[]
    output?: ValueInfo[]
    valueInfo?: ValueInfo[]
  }
  interface OperatorSet {
    domain: string
    version: number
  }
  interface Function {
    name: string
    domain: string
    overload: string
    input?: string[]
    output?: string[]
    node?: Node[]
    opsetImport?: OperatorSet[]
    /** Attributes with defaults. */
    attributeProto?: Attribute[]
  }
  interface Model {
    irVersion: number
    producerName: string
    producerVersion: string
    graph?: Graph | null
    opsetImport?: OperatorSet[]
    functions?: Function[]
  }
}

/** A copy with other fields; absent fields go on reading as their defaults, which a spread would lose. */
export const changed = <T extends object>(message: T, fields: Partial<T>): T =>
  Object.assign(Object.create(Object.getPrototypeOf(message)), message, fields)

export const Model = /* @__PURE__ */ decoder<onnx.Model>(schema, 'Model')
export const TensorProto = /* @__PURE__ */ decoder<onnx.Tensor>(schema, 'Tensor')
