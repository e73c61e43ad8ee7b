// A photo in, a depth map out: preprocessing, network and post-processing in one command encoder.
import type { Engine, LoadOptions, ModelSource, Session } from '../api.ts'
import { modelInputs } from '../engine.ts'
import type { InputRule, ModelCard } from '../models/card.ts'
import { ensure, IsobathError } from '../runtime/error.ts'
import { type Camera, type CameraOptions, cameraOf, isKnown } from './camera.ts'
import { type Flip, flipCall } from './flip.ts'
import { dispatch, f32, storage } from './gpu.ts'
import { checkPhoto, pixelSource } from './photo.ts'
import { fixedSize, type PicturePort, picturePort, type ResultPort, resultPort, scalarPort, shapeAt } from './ports.ts'
import { postprocessCall } from './postprocess.ts'
import { type PixelSource, preprocessCalls } from './preprocess.ts'
import type { NetworkInput, NetworkResult } from './result.ts'
import { isFixed, networkSize, type Placement, placePhoto, ruleFor, type Size } from './size.ts'
import { type Stages, StageTimer } from './timer.ts'
import type { DepthMap, PhotoSource } from './types.ts'
import { WorkspaceImpl } from './workspace.ts'

export interface EstimatorOptions extends Pick<LoadOptions, 'onProgress' | 'signal'> {
  card: ModelCard
  /** The network's size in place of the card's; the card's resize rule still holds. */
  width?: number
  height?: number
  /** Joins each result with that of the mirror image: twice the work, a little more accuracy. `none` by default. */
  flip?: Flip
}

export interface EstimateOptions {
  /** What is known of the camera, beside what the photo says; networks with a canonical camera need it for metres. */
  camera?: CameraOptions
  /** A map of the photo's size to write to, in place of a new one. */
  into?: DepthMap
}

export interface DepthEstimator {
  readonly engine: Engine
  readonly card: ModelCard
  /** The loaded network; undefined until its size is known, which may need the first photo. */
  readonly session: Session | undefined
  /** Milliseconds on the GPU of each stage of the last {@link estimate}; loading is in none of them. */
  readonly timings: Readonly<Stages>
  /**
   * Estimates a photo's depth, at the upright photo's size. The map's buffer is the caller's to free, with
   * `destroyDepth`. A network whose size follows the photo's is loaded anew when that size changes. With `into`, frames
   * of one size allocate and compile nothing.
   */
  estimate(photo: PhotoSource, options?: EstimateOptions): Promise<DepthMap>
  /**
   * Records preprocessing and network into the caller's encoder, to be submitted before the next call; a `PhotoFrame` is
   * preprocessed in a submit of its own, before this resolves. `encodeColor` and
   * `encodeDepth` take the result on from there. Nothing is read back, and nothing must be recorded while an
   * {@link estimate} is under way.
   */
  encode(encoder: GPUCommandEncoder, photo: PhotoSource, options?: EstimateOptions): Promise<NetworkResult>
  destroy(): void
}

type Mark = (encoder: GPUCommandEncoder, index: number) => void

class Estimator implements DepthEstimator {
  timings: Stages = { preprocess: 0, network: 0, postprocess: 0 }
  session: Session | undefined
  private port?: PicturePort
  private result?: ResultPort
  private network?: Size
  private readonly rule: InputRule
  private readonly timer: StageTimer
  private readonly work: WorkspaceImpl
  private running: Promise<unknown> = Promise.resolve()
  private destroyed = false

  constructor(
    readonly engine: Engine,
    private readonly model: Uint8Array | ModelSource,
    private readonly options: EstimatorOptions,
  ) {
    const { input } = options.card
    this.rule = { ...input, width: options.width ?? input.width, height: options.height ?? input.height }
    this.timer = new StageTimer(engine.device)
    this.work = new WorkspaceImpl(engine)
  }

  get card(): ModelCard {
    return this.options.card
  }

  /** Loads the model if its size is known without a photo, and reads its ports. */
  async open(): Promise<void> {
    const { onProgress, signal } = this.options
    try {
      this.adopt(await this.engine.load(this.model, { onProgress, signal }))
    } catch (e) {
      if (!(e instanceof IsobathError) || e.code !== 'shape') throw e
      const inputs = modelInputs(this.model)
      if (inputs.every((i) => i.shape.every((d) => typeof d === 'number'))) throw e
      this.port = picturePort(inputs)
      if (isFixed(this.rule)) await this.load(this.rule)
    }
  }

  private adopt(session: Session): void {
    this.session = session
    this.port ??= picturePort(session.inputs)
    const { width, height } = fixedSize({ ...this.port, shape: session.inputs[0].shape })
    this.network = { width: width!, height: height! }
    this.result = resultPort(session.outputs, this.port.channelsFirst, this.card.output.name)
  }

  private async load(size: Size): Promise<void> {
    const { onProgress, signal } = this.options
    const port = this.port!
    this.session?.destroy()
    this.session = undefined
    this.adopt(await this.engine.load(this.model, { onProgress, signal, shapes: { [port.name]: shapeAt(port, size) } }))
  }

  /** The network's size for a photo; sides that the file fixes stay as they are. */
  private sizeFor(photo: Size): Size {
    const fixed = fixedSize(this.port!)
    const wanted = fixed.width && fixed.height ? this.rule : networkSize(this.rule, photo)
    return { width: fixed.width ?? wanted.width, height: fixed.height ?? wanted.height }
  }

  /** The part of the result that shows the photo. */
  private resultBox({ box, network }: Placement): NetworkResult['box'] {
    const { width, height } = this.result!
    const x = (v: number) => Math.round((v * width) / network.width)
    const y = (v: number) => Math.round((v * height) / network.height)
    const [left, top] = [x(box.left), y(box.top)]
    return { left, top, width: x(box.left + box.width) - left, height: y(box.top + box.height) - top }
  }

  /** What multiplies the result, and the camera behind it; from the network's own field of view where nothing is given. */
  private async focal(
    encoder: GPUCommandEncoder,
    outputs: Record<string, GPUBuffer>,
    size: Size,
    known: CameraOptions,
    { box, part }: Placement,
  ): Promise<{ factor: GPUBuffer; camera?: Camera }> {
    const { work } = this
    const constant = (v: number) => work.data('factor', String(v), () => Float32Array.of(v, 0, 0, 0))
    const focal = this.card.output.focal
    if (!focal) return { factor: constant(1), camera: isKnown(known) ? cameraOf(size, known) : undefined }
    const fov = focal.rule === 'inverse' && !isKnown(known) ? this.fovPort() : undefined
    if (fov) {
      const factor = work.buffer('factor of the field of view', 16)
      const p = work.uniform('half a degree', [f32(Math.PI / 360)])
      const types = { elem: fov.dtype === 'float16' ? 'f16' : 'f32' }
      const bind = { p, x: outputs[fov.name], y: factor }
      await work.encode(encoder, [dispatch('depth/fov_factor', { consts: {}, types, bind }, [1, 1, 1])])
      return { factor }
    }
    const camera = cameraOf(size, known)
    const value =
      focal.rule === 'canonical' ? (camera.fx * box.width) / part.width / focal.canonical : size.width / camera.fx
    return { factor: constant(value), camera }
  }

  private fovPort() {
    const { focal } = this.card.output
    return focal?.rule === 'inverse' ? scalarPort(this.session!.outputs, this.result!.name, focal.output) : undefined
  }

  /** Puts a photo, or its mirror image after it, into the network's input. */
  private async fill(
    encoder: GPUCommandEncoder,
    { rule, place, ...target }: NetworkInput,
    source: PixelSource,
    again: boolean,
    mark: Mark,
  ): Promise<void> {
    const { work, engine } = this
    if (source.stored !== 'external') {
      if (!again) mark(encoder, 0)
      return work.encode(encoder, preprocessCalls(work, rule, source, place, target))
    }
    // What a browser lends of a video may end with the task: it is read at once, before the encoder is submitted.
    const buffer = again ? work.buffer('mirrored input', target.buffer.size) : target.buffer
    const calls = preprocessCalls(work, rule, source, place, { ...target, buffer })
    for (const [i, call] of calls.entries()) {
      const own = engine.device.createCommandEncoder({ label: call.label })
      if (!again && i === 0) mark(own, 0)
      await work.encode(own, [call])
      engine.device.queue.submit([own.finish()])
    }
    if (again) encoder.copyBufferToBuffer(buffer, 0, target.buffer, 0, buffer.size)
  }

  private async record(
    encoder: GPUCommandEncoder,
    photo: PhotoSource,
    options: EstimateOptions,
    mark: Mark,
  ): Promise<NetworkResult> {
    ensure(!this.destroyed, 'device', 'the estimator was destroyed')
    checkPhoto(photo)
    const { work, card } = this
    const source = pixelSource(work, photo)
    const { width, height } = source
    const wanted = this.sizeFor(source)
    if (!this.session || wanted.width !== this.network!.width || wanted.height !== this.network!.height)
      await this.load(wanted)
    const session = this.session!
    const port = this.port!
    const result = this.result!
    const network = this.network!
    const rule = ruleFor(this.rule, source, network)
    const place = placePhoto(rule, source, network)
    const box = this.resultBox(place)
    const { dtype, channelsFirst } = port
    const input: NetworkInput = { buffer: session.inputBuffer(port.name), dtype, channelsFirst, rule, place }
    const network1 = async (turn: number) => {
      await this.fill(encoder, input, { ...source, turn }, turn !== source.turn, mark)
      mark(encoder, 1)
      const outputs = session.encode(encoder, {})
      ensure(outputs[result.name], 'unsupported', `output "${result.name}" does not depend on the picture`)
      return outputs
    }
    let outputs = await network1(source.turn)
    let buffer = outputs[result.name]
    const known: CameraOptions = { focalLength35mm: photo.focalLength35mm, ...options.camera }
    const { factor, camera } = await this.focal(encoder, outputs, source, known, place)
    const flip = this.options.flip ?? 'none'
    if (flip !== 'none') {
      const straight = work.buffer('straight result', buffer.size)
      encoder.copyBufferToBuffer(buffer, 0, straight, 0, buffer.size)
      outputs = await network1(source.turn ^ 1)
      const joined = work.buffer('joined result', buffer.size)
      const buffers = { straight, turned: outputs[result.name], joined }
      await work.encode(encoder, [flipCall(work, flip, result, box, buffers)])
      buffer = joined
    }
    mark(encoder, 2)
    const { kind, unit } = card.output
    return {
      ...{ width, height, kind, unit, camera, buffer, box, factor },
      ...{ dtype: result.dtype, stride: result.stride, columns: result.width },
      ...{ part: place.part, rule: card.output, view: rule.view ?? 1, input },
    }
  }

  encode(encoder: GPUCommandEncoder, photo: PhotoSource, options: EstimateOptions = {}) {
    return this.record(encoder, photo, options, () => {})
  }

  estimate(photo: PhotoSource, options: EstimateOptions = {}): Promise<DepthMap> {
    const turn = this.running.then(() => this.estimateNow(photo, options))
    this.running = turn.catch(() => {})
    return turn
  }

  private async estimateNow(photo: PhotoSource, options: EstimateOptions): Promise<DepthMap> {
    const { engine, timer, work } = this
    const encoder = engine.device.createCommandEncoder({ label: 'isobath depth' })
    const result = await this.record(encoder, photo, options, (e, i) => timer.mark(e, i))
    const { width, height, kind, unit } = result
    const { into } = options
    ensure(
      !into || (into.width === width && into.height === height),
      'input',
      () => `the map to write to has ${into!.width} × ${into!.height} pixels, the photo ${width} × ${height}`,
    )
    const buffer = into?.buffer ?? storage(engine, 'depth map', width * height * 4)
    try {
      await work.encode(encoder, [postprocessCall(work, result, buffer)])
      timer.mark(encoder, 3)
      this.timings = await timer.submit(encoder)
      const camera = result.camera ?? (await this.estimatedCamera(result))
      return Object.assign(into ?? {}, { buffer, width, height, kind, unit, camera })
    } catch (e) {
      if (!into) buffer.destroy()
      throw e
    }
  }

  /** The camera that the network estimated; undefined where it estimates none. */
  private async estimatedCamera({ width, height, factor }: NetworkResult): Promise<Camera | undefined> {
    if (!this.card.output.focal) return undefined
    const encoder = this.engine.device.createCommandEncoder({ label: 'focal length' })
    const [ratio] = new Float32Array(await this.work.read(encoder, factor, 4))
    return { ...cameraOf({ width, height }, { focal: width / ratio }), source: 'model' }
  }

  destroy(): void {
    this.destroyed = true
    this.work.destroy()
    this.session?.destroy()
    this.session = undefined
    this.timer.destroy()
  }
}

/**
 * Opens a depth network by its card. A network whose file fixes its input's size is loaded here, as is one whose card
 * does; one that keeps the photo's aspect ratio is loaded at the first photo. A file's fixed size goes before the
 * card's and before `width` and `height`; the photo is then stretched to it.
 */
export async function createDepthEstimator(
  engine: Engine,
  model: Uint8Array | ModelSource,
  options: EstimatorOptions,
): Promise<DepthEstimator> {
  const estimator = new Estimator(engine, model, options)
  try {
    await estimator.open()
    return estimator
  } catch (e) {
    estimator.destroy()
    throw e
  }
}
