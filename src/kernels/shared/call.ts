// `ctx.call` with the shader's holes checked by the compiler.
import type { CallSpec, Context, KernelCall, Value, Writer } from '../../runtime/op.ts'
import type { ShaderName, Shaders } from '../../shaders.gen.ts'

/** What TypeScript demands for a shader: every constant without a default, every binding, no unknown name. */
export type TypedSpec<S extends ShaderName> = Omit<CallSpec, 'consts' | 'types' | 'functions' | 'bind'> &
  Pick<Shaders<Value>[S], 'consts' | 'bind'> & {
    types?: Shaders<Value>[S]['types']
    functions?: Shaders<Value>[S]['functions']
  }

export const call = <S extends ShaderName>(ctx: Context, shader: S, spec: TypedSpec<S>): KernelCall =>
  ctx.call(shader, spec as CallSpec)

/**
 * The same for a kernel that stores output 0 through the node's writer, with the node's tail, as rows of COLS elements (by
 * default the last axis). Of `spec` are the kernel's own types, functions, bindings and operations.
 */
export function written<S extends ShaderName>(
  ctx: Context,
  shader: S,
  spec: TypedSpec<S>,
  writer: Omit<Writer, 'functions'> & { functions?: Writer['functions'] } = ctx.writer({
    cols: (spec as CallSpec).consts?.COLS as number | undefined,
  }),
): KernelCall {
  const { types, functions, extra = [], flops = 0 } = spec as CallSpec
  return ctx.call(shader, {
    ...(spec as CallSpec),
    types: { ...writer.types, ...types },
    functions: { ...writer.functions, ...functions },
    extra: [...extra, ...writer.extra],
    flops: flops + writer.flops,
  })
}

/** A binding beside a shader's own, with its elements one by one. */
export const operand = (ctx: Context, name: string, value: Value) => ({ name, type: ctx.storage(value), value })

/** A count of workgroups that may exceed one dimension's limit, as two factors that cover it. */
export function fold(ctx: Context, count: number): [perFold: number, folds: number] {
  const folds = Math.ceil(count / ctx.caps.limits.maxComputeWorkgroupsPerDimension)
  return [Math.ceil(count / folds), folds]
}

/** Workgroups of `size` that cover `n`. */
export const cover = (n: number, size: number): number => Math.max(1, Math.ceil(n / size))
