// A program on a device: buffers, pipelines and bind groups made once, then one encoder and one submit a run.
import { ensure } from '../error.ts'
import type { LoadEvent, LoadStage, PortInfo } from '../model.ts'
import type { KernelCall, Port, Program } from '../op.ts'
import { layerOf } from '../path.ts'
import type { Profile, ProfileOptions } from '../profile.ts'
import { formatShape, sameShape, sizeOf, type Tensor } from '../tensor.ts'
import type { Session } from './api.ts'
import type { Kernel, Pipelines } from './pipelines.ts'
import type { Probe } from './probe.ts'
import type { Subject } from './profiler.ts'
import { ReadBack, streamRuns } from './readback.ts'
import { boundRange } from './shader.ts'
import { bytesOf, fromGpu, uploadFeed } from './transfer.ts'
import { mapped } from './wait.ts'
import { type HeldWeights, type WeightStore, writeData } from './weights.ts'

export interface Dispatch {
  call: KernelCall
  kernel: Kernel
  group: GPUBindGroup
  /** Names the debug group of the pass. */
  layer: string
}

export interface SessionOptions {
  signal?: AbortSignal
  onProgress?(event: LoadEvent): void
  timings: Record<LoadStage, number>
  tuning?: Session['stats']['tuning']
  /** Has the driver compile what it would compile at the first run; part of the stage `pipelines`. */
  warmUp?(calls: readonly { call: KernelCall; kernel: Kernel }[]): Promise<void>
  /** What a profile tells of the session. */
  about: { model?: string; precision: 'f32' | 'f16'; software: boolean }
  /** Runs the profiler on the session. */
  profile(subject: Omit<Subject, 'roof'>, options: ProfileOptions): Promise<Profile>
  /** Called once, when the session is destroyed. */
  onDestroy?(session: GpuSession): void
  /** Called after every kernel of a run, which is then submitted by itself; `read` brings a value back. */
  watch?(call: number, read: (port: Port) => Promise<Tensor>): Promise<void>
}

export class GpuSession implements Session {
  readonly inputs: PortInfo[]
  readonly outputs: PortInfo[]
  readonly timings: Record<LoadStage, number>
  readonly stats: Session['stats']
  private readonly dispatches: Dispatch[] = []
  private buffers: GPUBuffer[] = []
  private weights?: HeldWeights
  private readonly readBack: ReadBack
  /** Settles when the last run that was asked for has been submitted, and when all outputs have been read. */
  private order: Promise<unknown> = Promise.resolve()
  private reading: Promise<unknown> = Promise.resolve()
  private destroyed = false

  private constructor(
    private readonly device: GPUDevice,
    private readonly program: Program,
    private readonly options: SessionOptions,
  ) {
    const info = ({ name, dtype, shape }: Port): PortInfo => ({ name, dtype, shape })
    this.inputs = program.inputs.map(info)
    this.outputs = program.outputs.map(info)
    this.timings = options.timings
    this.readBack = new ReadBack(device, program)
    this.stats = {
      dispatches: program.calls.length,
      kernels: 0,
      flops: program.calls.reduce((sum, call) => sum + call.cost.flops, 0),
      memory: { ...program.memory, shared: 0 },
      tuning: options.tuning ?? { decided: 0, measured: 0, milliseconds: 0 },
    }
  }

  /** Allocates, uploads the weights and compiles the pipelines. */
  static async create(
    device: GPUDevice,
    pipelines: Pipelines,
    store: WeightStore,
    program: Program,
    options: SessionOptions,
  ): Promise<GpuSession> {
    const session = new GpuSession(device, program, options)
    try {
      let time = performance.now()
      const kernels = program.calls.map((call) => pipelines.get(call))
      let compiled = 0
      for (const kernel of kernels)
        kernel.then(
          () => options.onProgress?.({ stage: 'pipelines', done: ++compiled, total: kernels.length }),
          () => {},
        )
      const warm = Promise.all(kernels).then((all) =>
        options.warmUp?.(all.map((kernel, i) => ({ call: program.calls[i], kernel }))),
      )
      warm.catch(() => {})
      await session.allocate(store, options)
      options.timings.upload = performance.now() - time
      time = performance.now()
      const made = await Promise.all(kernels)
      session.stats.kernels = new Set(made).size
      session.bind(made)
      await warm
      options.timings.pipelines = performance.now() - time
      return session
    } catch (e) {
      session.destroy()
      throw e
    }
  }

  private async allocate(store: WeightStore, options: SessionOptions): Promise<void> {
    const { device, program } = this
    device.pushErrorScope('out-of-memory')
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    this.buffers = program.buffers.map((size, i) => device.createBuffer({ label: `isobath value ${i}`, size, usage }))
    this.weights = store.hold(program.weights)
    const memory = await device.popErrorScope()
    ensure(
      !memory,
      'limit',
      () =>
        `the GPU has no room for ${program.memory.weights} bytes of weights and ${program.memory.peak} of values: ${memory?.message}. Use a smaller input or model`,
    )
    const { shared } = this.weights
    const total = program.memory.weights - shared
    this.stats.memory.shared = shared
    await this.weights.fill((done) => options.onProgress?.({ stage: 'upload', done, total }), options.signal)
    options.onProgress?.({ stage: 'upload', done: total, total })
  }

  private bufferOf(value: number): GPUBuffer {
    const place = this.program.places.get(value)
    ensure(place && 'buffer' in place, 'device', `value ${value} has no buffer`)
    return this.buffers[place.buffer]
  }

  private bind(kernels: Kernel[]): void {
    const { maxStorageBufferBindingSize } = this.device.limits
    this.program.calls.forEach((call, i) => {
      const kernel = kernels[i]
      const entries = kernel.bindings.map((b) => {
        const id = call.bind[b.name]
        const place = this.program.places.get(id)
        ensure(place, 'device', `node "${call.node}": binding ${b.name} of ${call.shader} has no value`)
        const whole = 'buffer' in place ? { buffer: this.buffers[place.buffer] } : this.weights!.places[place.weight]
        return { binding: b.index, resource: boundRange(whole, b, maxStorageBufferBindingSize) }
      })
      const group = this.device.createBindGroup({ label: call.node, layout: kernel.layout, entries })
      this.dispatches.push({ call, kernel, group, layer: layerOf(call.node) })
    })
  }

  inputBuffer(name: string): GPUBuffer {
    const port = this.program.inputs.find((p) => p.name === name)
    ensure(
      port,
      'input',
      `there is no input "${name}"; the model has ${this.inputs.map((p) => `"${p.name}"`).join(', ')}`,
    )
    return this.bufferOf(port.value)
  }

  encode(encoder: GPUCommandEncoder, feeds: Record<string, GPUBuffer>): Record<string, GPUBuffer> {
    ensure(!this.destroyed, 'device', 'the session was destroyed')
    for (const [name, buffer] of Object.entries(feeds)) {
      const own = this.inputBuffer(name)
      if (buffer !== own) encoder.copyBufferToBuffer(buffer, 0, own, 0, Math.min(buffer.size, own.size))
    }
    this.record(encoder)
    return this.outputBuffers()
  }

  /** Records every call in one pass, with a debug group a layer. */
  record(encoder: GPUCommandEncoder, timestampWrites?: GPUComputePassTimestampWrites): void {
    const pass = encoder.beginComputePass({ label: 'isobath', timestampWrites })
    let open = ''
    for (const { call, kernel, group, layer } of this.dispatches) {
      if (layer !== open) {
        if (open) pass.popDebugGroup()
        if (layer) pass.pushDebugGroup(layer)
        open = layer
      }
      pass.setPipeline(kernel.pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(...call.groups)
    }
    if (open) pass.popDebugGroup()
    pass.end()
  }

  private outputBuffers(): Record<string, GPUBuffer> {
    const outputs: Record<string, GPUBuffer> = {}
    for (const port of this.program.outputs)
      if (!this.program.constants.has(port.name)) outputs[port.name] = this.bufferOf(port.value)
    return outputs
  }

  private checkFeeds(feeds: Record<string, Tensor>): void {
    for (const name of Object.keys(feeds)) this.inputBuffer(name)
    for (const port of this.inputs) {
      const t = feeds[port.name]
      ensure(t, 'input', `input "${port.name}" (${port.dtype} ${formatShape(port.shape)}) is not fed`)
      ensure(t.dtype === port.dtype, 'input', `input "${port.name}" is ${port.dtype}; it was fed ${t.dtype}`)
      ensure(
        sameShape(t.shape, port.shape),
        'input',
        `input "${port.name}" has the shape ${formatShape(port.shape)}; it was fed ${formatShape(t.shape)}`,
      )
      ensure(
        t.data.length === sizeOf(t.shape),
        'input',
        `input "${port.name}" of shape ${formatShape(t.shape)} was fed ${t.data.length} values`,
      )
    }
  }

  async run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    ensure(!this.destroyed, 'device', 'the session was destroyed')
    this.checkFeeds(feeds)
    if (this.options.watch) return this.alone(() => this.runNow(feeds))
    // Runs are submitted in the order of the calls, and each is read when it has ended.
    const submitted = this.order.then(() => this.submit(feeds))
    const result = submitted.then((read) => read())
    this.order = submitted.catch(() => {})
    this.reading = Promise.allSettled([this.reading, result]).then(() => {})
    return result
  }

  stream(
    feeds: Iterable<Record<string, Tensor>> | AsyncIterable<Record<string, Tensor>>,
  ): AsyncGenerator<Record<string, Tensor>, void, undefined> {
    return streamRuns(feeds, (feed) => this.run(feed))
  }

  /** Does something while no other run is under way. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = Promise.all([this.order, this.reading]).then(work)
    this.order = turn.catch(() => {})
    return turn
  }

  private upload(feeds: Record<string, Tensor>): void {
    for (const port of this.program.inputs)
      writeData(this.device, this.bufferOf(port.value), 0, uploadFeed(feeds[port.name], port.name))
  }

  private async runWatched(watch: NonNullable<SessionOptions['watch']>): Promise<void> {
    const read = (port: Port) => this.readValue(port)
    for (const [i, { call, kernel, group }] of this.dispatches.entries()) {
      const encoder = this.device.createCommandEncoder({ label: call.node })
      const pass = encoder.beginComputePass({ label: call.node })
      pass.setPipeline(kernel.pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(...call.groups)
      pass.end()
      this.device.queue.submit([encoder.finish()])
      await watch(i, read)
    }
  }

  private async readValue(port: Port): Promise<Tensor> {
    const { device } = this
    const staging = device.createBuffer({
      label: `isobath read ${port.name}`,
      size: bytesOf(port),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    })
    const encoder = device.createCommandEncoder({ label: `isobath read ${port.name}` })
    encoder.copyBufferToBuffer(this.bufferOf(port.value), 0, staging, 0, bytesOf(port))
    device.queue.submit([encoder.finish()])
    await mapped(device, staging)
    const t = fromGpu(port, staging.getMappedRange().slice(0), 0)
    staging.destroy()
    return t
  }

  /** Uploads, encodes and submits; the returned function reads the outputs. */
  private async submit(feeds: Record<string, Tensor>, probe?: Probe): Promise<() => Promise<Record<string, Tensor>>> {
    const { device, readBack } = this
    const { watch } = this.options
    const staging = await readBack.acquire()
    try {
      ensure(!this.destroyed, 'device', 'the session was destroyed')
      probe?.mark('upload')
      this.upload(feeds)
      if (watch && !probe) await this.runWatched(watch)
      probe?.mark('encode')
      const encoder = device.createCommandEncoder({ label: 'isobath run' })
      if (probe) probe.record(encoder)
      else this.record(encoder)
      readBack.record(encoder, this.outputBuffers(), staging)
      const commands = encoder.finish()
      probe?.mark('submit')
      device.queue.submit([commands])
      probe?.mark('wait')
    } catch (e) {
      readBack.release(staging)
      throw e
    }
    return () => readBack.read(staging, () => probe?.mark('read'))
  }

  /** One run; a profiler's probe records the calls in its own way and is told when each stage begins. */
  private async runNow(feeds: Record<string, Tensor>, probe?: Probe): Promise<Record<string, Tensor>> {
    const results = await (await this.submit(feeds, probe))()
    probe?.mark('end')
    return results
  }

  async profile(feeds: Record<string, Tensor>, options: ProfileOptions = {}): Promise<Profile> {
    ensure(!this.destroyed, 'device', 'the session was destroyed')
    this.checkFeeds(feeds)
    const { device, program, dispatches, timings } = this
    const { about } = this.options
    const subject = {
      ...{ device, program, dispatches, timings, about },
      record: (encoder: GPUCommandEncoder, writes?: GPUComputePassTimestampWrites) => this.record(encoder, writes),
      run: (probe: Probe) => this.runNow(feeds, probe),
      memory: this.stats.memory,
    }
    return this.alone(() => this.options.profile(subject, options))
  }

  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.options.onDestroy?.(this)
    for (const b of this.buffers) b.destroy()
    this.weights?.release()
    this.readBack.destroy()
    this.buffers = []
    this.weights = undefined
    this.dispatches.length = 0
  }
}
