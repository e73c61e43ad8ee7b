// Depth of a video as it plays: each time the GPU is free it takes the newest frame, so that nothing queues up.
import type { CameraOptions } from '../depth/camera.ts'
import type { ColorizeOptions } from '../depth/colorize.ts'
import { cutCount } from '../depth/cuts.ts'
import type { DepthEstimator } from '../depth/estimator.ts'
import { keyRange, rangeCalls } from '../depth/range.ts'
import type { NetworkResult } from '../depth/result.ts'
import type { PhotoTexture } from '../depth/types.ts'
import { type Workspace, WorkspaceImpl } from '../depth/workspace.ts'
import { ensure, IsobathError } from '../runtime/error.ts'
import { type AnyCanvas, encodeCanvas } from './draw.ts'
import { type FrameSource, type Frames, framesOf, type TakenFrame } from './frames.ts'
import { isNotYet, photoOfFrame, releasePhoto } from './photo.ts'

/** How frames are shown; it may change from frame to frame. */
export interface DepthStreamLook extends Omit<ColorizeOptions, 'smoothing' | 'cuts'> {
  /**
   * Seconds in which the range follows a change by 63 %, so that colours do not flicker; 0.5 by default, 0 for none. At a
   * scene cut it follows at once.
   */
  timeConstant?: number
}

export interface DepthStreamOptions extends DepthStreamLook {
  /** Where each frame is drawn; it takes the video's size. */
  canvas?: AnyCanvas
  camera?: CameraOptions
  /** Stops the stream; `done` then resolves. */
  signal?: AbortSignal
  /** Called after each frame; the next one waits for what it returns. */
  onFrame?(frame: DepthFrame): void | Promise<void>
}

/** A frame that is done. */
export interface DepthFrame {
  /** The network's result, which holds until `onFrame` has ended: for `encodeDepth` and others. */
  result: NetworkResult
  /** Keeps buffers from frame to frame, for what `onFrame` does with the result. */
  workspace: Workspace
  /** The range of values that the colours span, smoothed; null where the frame has no values. */
  range: [number, number] | null
  /** Whether another scene began. */
  cut: boolean
  /** Seconds of the video. */
  time: number
}

export interface DepthStreamStats {
  /** Frames that were shown, and frames of the video that were not, since the GPU was busy. */
  frames: number
  dropped: number
  cuts: number
  /** Frames shown a second, of the last ones. */
  framesPerSecond: number
  /** Milliseconds from taking a frame until the GPU was done with it. */
  latency: number
}

export interface DepthStream {
  readonly stats: Readonly<DepthStreamStats>
  /** Resolves when the frames have ended or the stream was stopped, and all is freed. Rejects where a frame failed. */
  readonly done: Promise<void>
  /** Changes how the next frames are shown; what is not named stays. A video that is paused is shown anew. */
  set(look: DepthStreamLook): void
  stop(): void
}

/** What is read back of a frame: its range, and the cuts so far. */
const WORDS = 3

class Stream implements DepthStream {
  readonly stats: DepthStreamStats = { frames: 0, dropped: 0, cuts: 0, framesPerSecond: 0, latency: 0 }
  readonly done: Promise<void>
  private look: DepthStreamLook
  private readonly work: WorkspaceImpl
  private readonly staging: GPUBuffer
  private readonly frames: Frames
  private copy?: PhotoTexture
  private stopped = false
  private shownAt = 0
  private lastTime?: number

  constructor(
    private readonly estimator: DepthEstimator,
    source: FrameSource,
    private readonly options: DepthStreamOptions,
  ) {
    const { canvas, camera, signal, onFrame, ...look } = options
    signal?.throwIfAborted()
    this.look = look
    this.frames = framesOf(source)
    this.work = new WorkspaceImpl(estimator.engine)
    this.staging = estimator.engine.device.createBuffer({
      label: 'frame',
      size: WORDS * 4,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    })
    signal?.addEventListener('abort', this.stop)
    this.done = this.run()
  }

  set(look: DepthStreamLook): void {
    this.look = { ...this.look, ...look }
    this.frames.again?.()
  }

  stop = (): void => {
    this.stopped = true
    this.frames.stop()
  }

  private async run(): Promise<void> {
    try {
      for (;;) {
        const taken = await this.frames.next()
        if (!taken || this.stopped) {
          taken?.close()
          break
        }
        await this.show(taken).catch((e) => {
          // The video will tell when it has a picture.
          if (!isNotYet(e)) throw e
        })
      }
    } finally {
      this.stop()
      this.options.signal?.removeEventListener('abort', this.stop)
      this.copy?.texture.destroy()
      this.staging.destroy()
      this.work.destroy()
    }
  }

  private async show(taken: TakenFrame): Promise<void> {
    const { estimator, options, stats } = this
    const start = performance.now()
    const { device } = estimator.engine
    const encoder = device.createCommandEncoder({ label: 'frame' })
    const result = await this.record(encoder, taken)
    const timeConstant = this.look.timeConstant ?? 0.5
    ensure(timeConstant >= 0, 'input', `timeConstant is ${timeConstant}; it is a number of seconds from 0`)
    const passed = Math.max(0, taken.time - (this.lastTime ?? taken.time))
    this.lastTime = taken.time
    // A share of exactly 1 would keep the range of the frame before for ever.
    const smoothing = timeConstant ? Math.min(0.999, Math.exp(-passed / timeConstant)) : 0
    const range = await this.draw(encoder, result, smoothing)
    encoder.copyBufferToBuffer(range, 0, this.staging, 0, 8)
    const count = cutCount(this.work)
    encoder.copyBufferToBuffer(count.buffer, count.offset, this.staging, 8, 4)
    device.queue.submit([encoder.finish()])
    const [low, high, cuts] = await this.read()
    const now = performance.now()
    const cut = cuts !== stats.cuts
    stats.cuts = cuts
    stats.dropped += taken.skipped
    stats.latency = now - start
    if (stats.frames++) {
      const rate = 1000 / Math.max(1, now - this.shownAt)
      stats.framesPerSecond += (rate - stats.framesPerSecond) * (stats.frames < 4 ? 1 : 0.2)
    }
    this.shownAt = now
    await options.onFrame?.({ result, workspace: this.work, range: keyRange(low, high), cut, time: taken.time })
  }

  /** Preprocessing and network; the frame is free afterwards. */
  private async record(encoder: GPUCommandEncoder, taken: TakenFrame): Promise<NetworkResult> {
    const { estimator, options } = this
    try {
      const photo = photoOfFrame(estimator.engine, taken.picture, { into: this.copy })
      if ('texture' in photo) this.copy = photo
      try {
        return await estimator.encode(encoder, photo, { camera: options.camera })
      } finally {
        if ('frame' in photo) releasePhoto(photo)
      }
    } finally {
      taken.close()
    }
  }

  /** Records range and colours; returns the range's buffer. */
  private async draw(encoder: GPUCommandEncoder, result: NetworkResult, smoothing: number): Promise<GPUBuffer> {
    const { work, look } = this
    const { canvas } = this.options
    const options = { ...look, smoothing, cuts: true }
    if (canvas) return encodeCanvas(work, encoder, canvas, result, options)
    const { calls, range } = rangeCalls(work, encoder, result, options)
    await work.encode(encoder, calls)
    return range
  }

  private async read(): Promise<Uint32Array> {
    try {
      await this.staging.mapAsync(GPUMapMode.READ)
    } catch (cause) {
      throw new IsobathError('device', `the GPU did not finish a frame: ${(cause as Error).message}`, { cause })
    }
    const words = new Uint32Array(this.staging.getMappedRange().slice(0))
    this.staging.unmap()
    return words
  }
}

/**
 * Runs a network on a video, a camera or decoded frames, and draws each frame's depth onto a canvas. The newest frame is
 * taken whenever the GPU is free; those that came in between are dropped. After the first frames of one size nothing is
 * allocated. Do not use the estimator otherwise while it runs.
 *
 * Throws `input` where the source gives no frames; later errors reject `done`: `device` where the GPU was lost, `input`
 * where a video of another site may not be read.
 */
export function createDepthStream(
  estimator: DepthEstimator,
  source: FrameSource,
  options: DepthStreamOptions = {},
): DepthStream {
  return new Stream(estimator, source, options)
}
