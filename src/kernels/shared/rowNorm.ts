// Kernel calls of the normalisations along rows: LayerNormalization, RMSNormalization, and InstanceNormalization of
// channels-first data, whose rows are channels.
import type { Context, KernelCall, Value } from '../../runtime/op.ts'
import { sizeOf } from '../../runtime/tensor.ts'
import { cover, written } from './call.ts'
import { lanesFor } from './lanes.ts'
import { reader } from './reader.ts'

export interface RowNorm {
  x: Value
  scale?: Value | null
  bias?: Value | null
  y: Value
  epsilon: number
  /** Subtract the mean. */
  centre: boolean
  /** Scale and bias have one value a row, by the row's channel of so many; else one a column. */
  channels?: number
}

const FLOPS = 8

interface Operand {
  /** A WGSL expression of the operand's four values at `row`, `col`. */
  text: string
  read: string
  extra: { name: string; type: string; value: Value }
}

function operand(ctx: Context, v: Value, name: string, cols: number, channels?: number): Operand {
  if (channels)
    return {
      text: `f32(${name}[row % ${channels}u])`,
      read: '',
      extra: { name, type: ctx.storage(v), value: v },
    }
  const { elem, read } = reader(ctx, v, name, cols)
  return { text: `read_${name}(0u, col)`, read: `${read}\n`, extra: { name, type: elem, value: v } }
}

/** Scale and bias, where given, must have as many values as a row (or as there are channels). */
export function rowNormCalls({ x, scale, bias, y, epsilon, centre, channels }: RowNorm, ctx: Context): KernelCall[] {
  const n = sizeOf(x.fact.shape)
  if (n === 0) return []
  const cols = x.fact.shape[x.fact.shape.length - 1]
  const rows = n / cols
  const from = reader(ctx, x, 'x', cols)
  const gain = scale && operand(ctx, scale, 'scale', cols, channels)
  const offset = bias && operand(ctx, bias, 'bias', cols, channels)
  const formula = ['v', gain && ` * ${gain.text}`, offset && ` + ${offset.text}`].filter(Boolean).join('')
  const affine = `${gain?.read ?? ''}${offset?.read ?? ''}fn affine(v: vec4<f32>, row: u32, col: u32) -> vec4<f32> { return ${formula}; }`
  const { lanes, workgroup, hole } = lanesFor(ctx, rows, cols)
  return [
    written(ctx, 'layer_norm', {
      consts: { ROWS: rows, COLS: cols, LANES: lanes, WG: workgroup, EPSILON: epsilon, CENTRE: centre },
      types: { x_elem: from.elem },
      functions: { read_x: from.read, affine, ...hole('total', 'sum') },
      extra: [...(gain ? [gain.extra] : []), ...(offset ? [offset.extra] : [])],
      bind: { x, y },
      groups: [cover(rows * lanes, workgroup)],
      flops: FLOPS * n,
    }),
  ]
}
