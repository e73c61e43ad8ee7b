// Kernel tests as tables: fills seeded inputs, runs the CPU twin and the GPU, compares; sweeps types and variants.
// Outputs start poisoned with NaN, and sentinels stand before and behind every buffer.
import { describe, expect, it } from 'vitest'
import { operators } from '../../src/kernels/index.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { capsOf } from '../../src/runtime/gpu/device.ts'
import { boundRange } from '../../src/runtime/gpu/shader.ts'
import { fromGpu } from '../../src/runtime/gpu/transfer.ts'
import { evaluate, makeNode, newValue } from '../../src/runtime/graph/build.ts'
import { bytesOnGpu, toGpu } from '../../src/runtime/layout.ts'
import type { Caps, Graph, Node, Program, Step, Value } from '../../src/runtime/op.ts'
import { type DType, fromNumbers, isFloat, numbers, sizeOf, type Tensor } from '../../src/runtime/tensor.ts'
import { compare, type Tolerance } from '../../tools/conformance/tolerance.mjs'
import { openDevice } from './gpu.ts'

/** One input of a case: seeded values by `fill`, or given ones. `constant`: known at compile time. */
export interface InputSpec {
  shape: readonly number[]
  dtype?: DType
  fill?: 'normal' | 'positive' | 'index'
  values?: readonly number[]
  constant?: boolean
}

export interface KernelCase {
  name?: string
  op?: string
  x: (InputSpec | null)[]
  attrs?: object
  outputs?: number
  /** A fused tail; its operands follow the operator's own inputs in `x`. */
  tail?: Step[]
  variants?: string[]
  /** Types to sweep; by default float32 and float16 where the first input is float. */
  dtypes?: DType[]
  tolerance?: Tolerance
  caps?: Partial<Caps>
  /** A shader that the case must run. */
  shader?: string
}

/** A seeded generator of uniform numbers in [0, 1): mulberry32. */
export function random(seed: number): () => number {
  let s = seed | 0
  return () => {
    s = (s + 0x6d2b79f5) | 0
    let t = Math.imul(s ^ (s >>> 15), 1 | s)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

function fill(spec: InputSpec, dtype: DType, seed: number): Tensor {
  const next = random(seed)
  const n = sizeOf(spec.shape)
  const make = (i: number): number => {
    if (spec.values) return spec.values[i]
    if (spec.fill === 'index') return i
    const v = next() + next() + next() - 1.5
    if (dtype === 'bool') return v > 0 ? 1 : 0
    const float = isFloat(dtype) ? v * 2 : Math.round(v * 10)
    return spec.fill === 'positive' || dtype === 'uint8' || dtype === 'uint32'
      ? Math.abs(float) + (isFloat(dtype) ? 0.05 : 0)
      : float
  }
  return fromNumbers(
    dtype,
    spec.shape,
    Float64Array.from({ length: n }, (_, i) => make(i)),
  )
}

const GUARD = 256
const POISON = 0x7fc0dead

async function execute(program: Program, feeds: Map<number, Tensor>): Promise<Tensor[]> {
  const { device, pipelines, errors } = await openDevice()
  errors.length = 0
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const guarded = (bytes: number) => {
    const buffer = device.createBuffer({ size: Math.ceil(bytes / 4) * 4 + 2 * GUARD, usage })
    device.queue.writeBuffer(buffer, 0, new Uint32Array(buffer.size / 4).fill(POISON))
    return buffer
  }
  const values = program.buffers.map(guarded)
  const upload = (buffer: GPUBuffer, data: ArrayBufferView) => {
    const padded = new Uint8Array(Math.ceil(data.byteLength / 4) * 4)
    padded.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    device.queue.writeBuffer(buffer, GUARD, padded)
  }
  const weights = program.weights.map((w) => {
    const buffer = guarded(w.bytes)
    upload(buffer, w.read())
    return buffer
  })
  const place = (id: number) => {
    const p = program.places.get(id)!
    return 'buffer' in p
      ? { buffer: values[p.buffer], offset: GUARD, size: program.buffers[p.buffer] }
      : { buffer: weights[p.weight], offset: GUARD, size: program.weights[p.weight].bytes }
  }
  for (const port of program.inputs) upload(place(port.value).buffer, toGpu(feeds.get(port.value)!, port.name))
  const most = device.limits.maxStorageBufferBindingSize
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  const kernels = await Promise.all(program.calls.map((c) => pipelines.get(c)))
  program.calls.forEach((call, i) => {
    const { pipeline, layout, bindings } = kernels[i]
    const entries = bindings.map((b) => ({ binding: b.index, resource: boundRange(place(call.bind[b.name]), b, most) }))
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, device.createBindGroup({ layout, entries }))
    pass.dispatchWorkgroups(...call.groups)
  })
  pass.end()
  const staging = values.map((b) =>
    device.createBuffer({ size: b.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST }),
  )
  for (const [i, b] of values.entries()) encoder.copyBufferToBuffer(b, 0, staging[i], 0, b.size)
  device.queue.submit([encoder.finish()])
  await Promise.all(staging.map((b) => b.mapAsync(GPUMapMode.READ)))
  const bytes = staging.map((b) => b.getMappedRange().slice(0))
  bytes.forEach((b, i) => {
    const words = new Uint32Array(b)
    const guard = GUARD / 4
    const end = guard + Math.ceil(program.buffers[i] / 4)
    for (let w = 0; w < words.length; w++)
      if ((w < guard || w >= end) && words[w] !== POISON)
        throw new Error(`a kernel wrote outside its output, at byte ${w * 4 - GUARD} of ${program.buffers[i]}`)
  })
  const results = program.outputs.map((port) => {
    const known = program.constants.get(port.name)
    if (known) return known
    const p = program.places.get(port.value) as { buffer: number }
    return fromGpu(port, bytes[p.buffer].slice(GUARD, GUARD + bytesOnGpu(port.dtype, port.shape)), 0)
  })
  for (const b of [...values, ...weights, ...staging]) b.destroy()
  if (errors.length) throw new Error(`GPU validation: ${errors.join('; ')}`)
  return results
}

/** Runs one node on the GPU and by its twin, and compares every output. */
export async function checkNode(op: string, c: KernelCase, float: DType, variant?: string): Promise<void> {
  const dtypes = c.x.map((s) => (s ? (s.dtype ?? float) : float))
  const tensors = c.x.map((s, i) => (s ? fill(s, dtypes[i], 1000 + i) : null))
  const values: (Value | null)[] = tensors.map(
    (t, i) => t && newValue(`x${i}`, { dtype: t.dtype, shape: t.shape, value: c.x[i]!.constant ? t : undefined }),
  )
  const node: Node = makeNode(
    operators,
    { name: 'case', op, attrs: c.attrs ?? {}, inputs: values, tail: c.tail },
    c.outputs ?? 1,
  )
  const inputs = values.filter((v): v is Value => !!v && !v.fact.value)
  const graph: Graph = {
    inputs,
    outputs: node.outputs,
    outputNames: node.outputs.map((_, i) => `y${i}`),
    nodes: [node],
  }
  const { device } = await openDevice()
  const program = compile(graph, operators, { caps: { ...capsOf(device), ...c.caps }, variant })
  expect(program.calls.length, 'dispatches').toBeGreaterThan(0)
  if (c.shader) expect(program.calls.map((call) => call.shader)).toContain(c.shader)
  const feeds = new Map(values.flatMap((v, i) => (v ? [[v.id, tensors[i]!] as const] : [])))
  const actual = await execute(program, feeds)
  const expected = evaluate(node, tensors, operators)
  node.outputs.forEach((v, i) => {
    const problem = compare(numbers(actual[i]), numbers(expected[i]), v.fact.dtype, c.tolerance ?? 'close')
    expect(problem, `output ${i}`).toBeNull()
  })
}

const label = (c: KernelCase) =>
  c.name ??
  `${c.x.map((s) => (s ? `[${s.shape}]` : '_')).join(' ')} ${c.attrs ? JSON.stringify(c.attrs) : ''}${c.tail ? ` |> ${c.tail.map((s) => s.op).join(' ')}` : ''}`

/** Declares the tests of one operator. */
export function kernelCases(op: string, tolerance: Tolerance, cases: KernelCase[]): void {
  describe(op, () => {
    for (const c of cases) {
      const first = c.x[0]?.dtype
      const dtypes = c.dtypes ?? (first && !isFloat(first) ? [first] : (['float32', 'float16'] as DType[]))
      for (const dtype of dtypes)
        for (const variant of c.variants ?? [undefined])
          it(`${c.op ?? op} ${label(c)} ${dtype}${variant ? ` ${variant}` : ''}`, async (t) => {
            const { device } = await openDevice()
            if (dtype === 'float16' && !device.features.has('shader-f16')) t.skip('the adapter has no shader-f16')
            await checkNode(c.op ?? op, { tolerance, ...c }, dtype, variant)
          })
    }
  })
}
