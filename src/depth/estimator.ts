// A photo in, a depth map out: preprocessing, network and post-processing in one command encoder.
import type { Engine, LoadOptions, ModelSource, Prepared, Session } from '../api.ts'
import { inspect } from '../engine.ts'
import type { InputRule, ModelCard } from '../models/card.ts'
import { ensure, IsobathError } from '../runtime/error.ts'
import { checkPhoto, storage, uniform, uploadPhoto } from './gpu.ts'
import { fixedSize, type PicturePort, picturePort, type ResultPort, resultPort, shapeAt } from './ports.ts'
import { postprocessCall, postprocessWords } from './postprocess.ts'
import { preprocessCall, preprocessWords } from './preprocess.ts'
import { networkSize, photoPart, ruleFor, type Size } from './size.ts'
import { type Stages, StageTimer } from './timer.ts'
import type { DepthMap, Photo } from './types.ts'

export interface EstimatorOptions extends Pick<LoadOptions, 'onProgress' | 'signal'> {
  card: ModelCard
  /** The network's size in place of the card's; the card's resize rule still holds. */
  width?: number
  height?: number
}

export interface DepthEstimator {
  readonly card: ModelCard
  /** The loaded network; undefined until its size is known, which may need the first photo. */
  readonly session: Session | undefined
  /** Milliseconds on the GPU of each stage of the last {@link estimate}; loading is in none of them. */
  readonly timings: Readonly<Stages>
  /**
   * Estimates a photo's depth, at the photo's size. The map's buffer is the caller's to free, with `destroyDepth`. A
   * network whose size follows the photo's is loaded anew when that size changes.
   */
  estimate(photo: Photo): Promise<DepthMap>
  destroy(): void
}

/** Everything that depends on the photo's size and on the session. */
interface Frame extends Size {
  photo: GPUBuffer
  preParams: GPUBuffer
  postParams: GPUBuffer
  preprocess: Prepared
}

class Estimator implements DepthEstimator {
  timings: Stages = { preprocess: 0, network: 0, postprocess: 0 }
  session: Session | undefined
  private port?: PicturePort
  private result?: ResultPort
  private network?: Size
  private frame?: Frame
  private readonly rule: InputRule
  private readonly timer: StageTimer
  private running: Promise<unknown> = Promise.resolve()
  private destroyed = false

  constructor(
    private readonly engine: Engine,
    private readonly model: Uint8Array | ModelSource,
    private readonly options: EstimatorOptions,
  ) {
    const { input } = options.card
    this.rule = { ...input, width: options.width ?? input.width, height: options.height ?? input.height }
    this.timer = new StageTimer(engine.device)
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
      const { inputs } = inspect(this.model)
      if (inputs.every((i) => i.shape.every((d) => typeof d === 'number'))) throw e
      this.port = picturePort(inputs)
      if (this.rule.resize === 'stretch' || this.rule.resize === 'crop') await this.load(this.rule)
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
    this.dropFrame()
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

  private dropFrame(): void {
    for (const buffer of [this.frame?.photo, this.frame?.preParams, this.frame?.postParams]) buffer?.destroy()
    this.frame = undefined
  }

  private async prepare({ width, height }: Photo): Promise<Frame> {
    if (this.frame?.width === width && this.frame.height === height) return this.frame
    this.dropFrame()
    const { engine } = this
    const network = this.network!
    const size = { width, height }
    const rule = ruleFor(this.rule, size, network)
    const part = photoPart(rule, size, network)
    const photo = storage(engine, 'photo', width * height * 4)
    const preParams = uniform(engine, preprocessWords(rule, size, part, network, this.port!.channelsFirst))
    const postParams = uniform(engine, postprocessWords(this.card.output, size, part, this.result!, rule.view))
    const bind = { params: preParams, photo, input: this.session!.inputBuffer(this.port!.name) }
    const preprocess = await engine.prepare([preprocessCall(rule.interpolation, network, bind, this.port!.dtype)])
    this.frame = { ...size, photo, preParams, postParams, preprocess }
    return this.frame
  }

  estimate(photo: Photo): Promise<DepthMap> {
    const turn = this.running.then(() => this.estimateNow(photo))
    this.running = turn.catch(() => {})
    return turn
  }

  private async estimateNow(photo: Photo): Promise<DepthMap> {
    ensure(!this.destroyed, 'device', 'the estimator was destroyed')
    checkPhoto(photo)
    const { engine, timer } = this
    const { width, height } = photo
    const size = this.sizeFor(photo)
    if (!this.session || size.width !== this.network!.width || size.height !== this.network!.height)
      await this.load(size)
    const frame = await this.prepare(photo)
    const { output } = this.card
    const buffer = storage(engine, 'depth map', width * height * 4)
    try {
      uploadPhoto(engine, frame.photo, photo)
      const encoder = engine.device.createCommandEncoder({ label: 'isobath depth' })
      timer.mark(encoder, 0)
      frame.preprocess.encode(encoder)
      timer.mark(encoder, 1)
      const result = this.session!.encode(encoder, {})[this.result!.name]
      ensure(result, 'unsupported', `output "${this.result!.name}" does not depend on the picture`)
      timer.mark(encoder, 2)
      const bind = { params: frame.postParams, result, depth: buffer }
      const postprocess = await engine.prepare([postprocessCall(output, photo, bind, this.result!.dtype)])
      postprocess.encode(encoder)
      timer.mark(encoder, 3)
      this.timings = await timer.submit(encoder)
      return { buffer, width, height, kind: output.kind, unit: output.unit }
    } catch (e) {
      buffer.destroy()
      throw e
    }
  }

  destroy(): void {
    this.destroyed = true
    this.dropFrame()
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
