// Puts the layers together: ONNX import, passes, compile, and a session on a device.
import type {
  Engine,
  EngineOptions,
  GpuCall,
  LoadOptions,
  LoadStage,
  ModelInfo,
  ModelSource,
  Prepared,
  Session,
} from './api.ts'
import type { Debug } from './debug.ts'
import { maySaveWork } from './kernels/conv.ts'
import { coreOperators } from './kernels/core.ts'
import { operators } from './kernels/index.ts'
import { type Cache, defaultCache } from './runtime/cache.ts'
import { compile } from './runtime/compile/compile.ts'
import { ensure, fetched, IsobathError, whenThere } from './runtime/error.ts'
import { encodePrepared, prepareCalls } from './runtime/gpu/calls.ts'
import { capsOf, DEFAULT_CAPS, requestDevice } from './runtime/gpu/device.ts'
import { Pipelines } from './runtime/gpu/pipelines.ts'
import { GpuSession } from './runtime/gpu/session.ts'
import type { Helper } from './runtime/gpu/warmup.ts'
import { WeightStore } from './runtime/gpu/weights.ts'
import { chooser, readWinners, tableKey } from './runtime/gpu/winners.ts'
import {
  decodeModel,
  fedInputs,
  importGraph,
  opKey,
  opsetOf,
  portOf,
  unsupportedOperators,
} from './runtime/onnx/import.ts'
import type { Caps, Graph, Ops, Program } from './runtime/op.ts'
import { optimise } from './runtime/passes/index.ts'
import { sizeOf } from './runtime/tensor.ts'
import { digest, libraries, shaders, version } from './shaders.gen.ts'
import type { Tuning } from './tune.ts'

export { finished, mapped } from './runtime/gpu/wait.ts'

const asSource = (model: Uint8Array | ModelSource): ModelSource =>
  model instanceof Uint8Array ? { bytes: model } : model

/** The compiler's first half: a graph with all shapes known, ready for kernels. */
export function buildGraph(
  model: Uint8Array | ModelSource,
  options: LoadOptions & { caps?: Caps; precision?: 'f32' | 'f16' } = {},
): Graph {
  const graph = importGraph(asSource(model), operators, options)
  optimise(graph, operators, { precision: options.precision ?? 'f32', half: options.caps?.f16 })
  return graph
}

/** Everything before the GPU: a model as a program for adapters with these capabilities. */
export function buildProgram(
  model: Uint8Array | ModelSource,
  options: LoadOptions & { caps?: Caps; variant?: string; precision?: 'f32' | 'f16' } = {},
): Program {
  const caps = options.caps ?? { ...DEFAULT_CAPS, f16: options.precision === 'f16' }
  return compile(buildGraph(model, { ...options, caps }), operators, { caps, variant: options.variant })
}

/** Names the engine's version and the text of all its kernels. */
const KERNEL_SET = `${version} ${digest}`

/** The table with what is fetched when it is asked for. */
const allOperators = async (): Promise<Ops> => {
  const { laterOperators } = await fetched(import('./kernels/later.ts'))
  return new Map([...coreOperators, ...laterOperators])
}

/** Profile, tuner, warm-up and debug ladder. */
const tools = () => fetched(import('./tools.ts'))

class GpuEngine implements Engine {
  readonly caps: Caps
  readonly precision: 'f32' | 'f16'
  private readonly pipelines: Pipelines
  private readonly debug: Debug
  private readonly cache: Cache
  private readonly platform: string
  private readonly openHelper?: () => Promise<Helper>
  private readonly sessions = new Set<GpuSession>()
  private readonly stores = new WeakMap<Uint8Array, WeightStore>()
  private destroyed = false
  private lost?: string

  constructor(
    readonly device: GPUDevice,
    private readonly owned: boolean,
    options: EngineOptions,
  ) {
    this.caps = capsOf(device)
    ensure(
      options.precision !== 'f16' || this.caps.f16,
      'adapter',
      'this adapter has no shader-f16: load with precision "f32" or "auto"',
    )
    const fast = this.caps.f16 && !this.caps.software
    this.precision = options.precision === 'f16' || (options.precision !== 'f32' && fast) ? 'f16' : 'f32'
    this.debug = {
      debug: options.debug ?? 0,
      check: options.check ?? false,
      log: options.log ?? ((line) => console.error(line)),
    }
    this.cache = options.cache ?? defaultCache()
    const { navigator } = globalThis as { navigator?: { userAgent?: string } }
    this.platform = options.platform ?? navigator?.userAgent ?? ''
    const { debug, log } = this.debug
    const library = { shaders, libraries }
    this.pipelines = new Pipelines(device, library, debug >= 4 ? log : undefined)
    if (owned)
      this.openHelper = async () => {
        const helper = await requestDevice(options)
        return { device: helper, pipelines: new Pipelines(helper, library) }
      }
    device.lost.then((info) => {
      if (this.destroyed) return
      this.lost = info.message || String(info.reason)
      options.onLost?.(this.lost)
    })
  }

  private ensureAlive(): void {
    ensure(!this.destroyed, 'device', 'the engine was destroyed')
    const message = () => `the GPU was lost (${this.lost}): open the engine anew, and load the model there`
    ensure(this.lost === undefined, 'device', message)
  }

  async load(model: Uint8Array | ModelSource, options: LoadOptions = {}): Promise<Session> {
    this.ensureAlive()
    const timings: Record<LoadStage, number> = { import: 0, passes: 0, compile: 0, upload: 0, pipelines: 0 }
    const stage = <T>(name: LoadStage, f: () => T): T => {
      options.signal?.throwIfAborted()
      options.onProgress?.({ stage: name, done: 0, total: 1 })
      const start = performance.now()
      const result = f()
      timings[name] = performance.now() - start
      return result
    }
    const source = asSource(model)
    const started = performance.now()
    const decoded = decodeModel(source)
    const decoding = performance.now() - started
    const operators = unsupportedOperators(decoded, coreOperators).length ? await allOperators() : coreOperators
    const half = this.caps.f16
    const { debug } = this
    const ladder = debug.debug || debug.check ? await tools() : undefined
    const passes = { precision: this.precision, half, log: ladder?.passLog(debug) }
    const graph = await whenThere(() => {
      const imported = stage('import', () => importGraph(source, operators, options, decoded))
      timings.import += decoding
      stage('passes', () => optimise(imported, operators, passes))
      return imported
    }, options.signal)
    const tableAt = tableKey(this.device.adapterInfo, this.platform, KERNEL_SET)
    const winners = await readWinners(this.cache, tableAt)
    const kernels = graph.nodes.some(maySaveWork) ? await allOperators() : operators
    const compileNow = () => compile(graph, kernels, { caps: this.caps, choose: chooser(winners) })
    let program = await whenThere(() => stage('compile', compileNow), options.signal)
    const tuning = { decided: 0, measured: 0, milliseconds: 0 }
    if (options.tune) {
      const start = performance.now()
      const { tune } = await tools()
      const { device, pipelines, caps, cache } = this
      const compileAlone: Tuning['compile'] = (alone, choose) => compile(alone, kernels, { caps, choose })
      tuning.measured = await tune(
        { device, pipelines, caps, cache, tableAt, graph, program, winners, compile: compileAlone },
        options,
      )
      if (tuning.measured) program = compileNow()
      tuning.milliseconds = performance.now() - start
    }
    const choices = new Set(program.calls.flatMap((c) => (c.choice ? [c.choice] : [])))
    tuning.decided = [...choices].filter((c) => chooser(winners)(c.key, c.candidates) !== undefined).length
    ladder?.reportProgram(debug, program)
    options.signal?.throwIfAborted()
    const watch = ladder?.watcher(debug, graph, program, operators)
    const session = await GpuSession.create(this.device, this.pipelines, this.storeOf(source), program, {
      signal: options.signal,
      onProgress: options.onProgress,
      timings,
      tuning,
      warmUp: this.caps.software
        ? async (calls) => {
            const { warmUp } = await tools()
            await warmUp(this.device, calls, { openHelper: this.openHelper })
          }
        : undefined,
      about: { model: source.name, precision: this.precision, software: this.caps.software },
      profile: async (subject, options) => {
        const { profileSession, roofOf } = await tools()
        const roof = (again?: boolean) => roofOf(this.device, this.pipelines, this.caps, this.cache, again)
        return profileSession({ ...subject, roof }, options)
      },
      watch,
      onDestroy: (destroyed) => this.sessions.delete(destroyed),
    })
    this.sessions.add(session)
    return session
  }

  /** Sessions of one model, that is of the same bytes object, share their weights. */
  private storeOf(source: ModelSource): WeightStore {
    let store = this.stores.get(source.bytes)
    if (!store) {
      store = new WeightStore(this.device)
      this.stores.set(source.bytes, store)
    }
    return store
  }

  async prepare(calls: readonly GpuCall[]): Promise<Prepared> {
    this.ensureAlive()
    const prepared = await prepareCalls(this.device, this.pipelines, calls)
    return { encode: (encoder) => encodePrepared(encoder, prepared) }
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    for (const session of this.sessions) session.destroy()
    this.sessions.clear()
    if (this.owned) this.device.destroy()
  }
}

/**
 * Opens the engine on a device: the caller's, or one asked for with every feature and limit that helps.
 * Throws `adapter` where there is none.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  return new GpuEngine(options.device ?? (await requestDevice(options)), !options.device, options)
}

/** The inputs of a model as its file declares them. Throws where the file cannot be read. */
export const modelInputs = (model: Uint8Array | ModelSource): ModelInfo['inputs'] =>
  fedInputs(decodeModel(asSource(model)).graph).map(portOf)

/** Tells what a model holds and what it would run, without a GPU. Throws only where the file cannot be read. */
export function inspect(model: Uint8Array | ModelSource, options: LoadOptions & { caps?: Caps } = {}): ModelInfo {
  const source = asSource(model)
  const decoded = decodeModel(source)
  const counts = new Map<string, number>()
  for (const node of decoded.graph.node ?? []) counts.set(opKey(node), (counts.get(opKey(node)) ?? 0) + 1)
  const info: ModelInfo = {
    producer: [decoded.producerName, decoded.producerVersion].filter(Boolean).join(' '),
    opset: opsetOf(decoded),
    inputs: fedInputs(decoded.graph).map(portOf),
    outputs: (decoded.graph.output ?? []).map(portOf),
    operators: [...counts]
      .map(([op, count]) => ({ op, count }))
      .sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1)),
    unsupported: unsupportedOperators(decoded, operators),
    parameters: (decoded.graph.initializer ?? []).reduce(
      (n, t) => n + ([1, 10, 11, 16].includes(t.dataType ?? 0) ? sizeOf(t.dims ?? []) : 0),
      0,
    ),
  }
  try {
    const program = buildProgram(source, options)
    info.program = {
      inputs: program.inputs,
      outputs: program.outputs,
      dispatches: program.calls.map((c) => ({ node: c.node, op: c.op, shader: c.shader, groups: c.groups, ...c.cost })),
      memory: program.memory,
    }
  } catch (e) {
    if (!(e instanceof IsobathError)) throw e
    info.reason = e.message
  }
  return info
}
