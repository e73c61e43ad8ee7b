// The engine and the network on it: opened, exchanged, used one call at a time, and opened again when the device is lost.
import {
  createDepthEstimator,
  type DepthEstimator,
  type DepthMap,
  destroyDepth,
  type Engine,
  IsobathError,
  type LoadEvent,
} from 'isobath'
import { openEngine } from 'isobath/web'
import type { Model, Progress, Size } from './models.ts'

export interface Choice {
  model: Model
  /** In place of the card's. */
  size?: Size
  precision: 'auto' | 'f32' | 'f16'
}

export interface Hooks {
  progress: Progress
  /** The device is gone, and everything on it. */
  lost(why: string): void
}

const STAGES: Record<LoadEvent['stage'], string> = {
  import: 'Reading the network',
  passes: 'Simplifying the network',
  compile: 'Choosing kernels',
  upload: 'Sending the weights to the GPU',
  pipelines: 'Compiling kernels',
  tune: 'Measuring kernels',
}

export class Network {
  engine?: Engine
  estimator?: DepthEstimator
  private choice?: Choice
  private turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly hooks: Hooks) {}

  /** One call after the other: an estimator must not go while it works. */
  private exclusive<T>(f: () => Promise<T>): Promise<T> {
    const result = this.turn.then(f)
    this.turn = result.catch(() => {})
    return result
  }

  /** Opens the choice: the engine too, where there is none yet or another precision is asked for. */
  open(choice: Choice): Promise<void> {
    return this.exclusive(async () => {
      const { progress } = this.hooks
      if (this.engine && this.choice?.precision !== choice.precision) this.drop()
      if (!this.engine) {
        progress('Opening the GPU')
        const engine = await openEngine({
          precision: choice.precision,
          onLost: (why) => {
            if (this.engine !== engine) return
            this.engine = undefined
            this.estimator = undefined
            this.hooks.lost(why)
          },
        })
        this.engine = engine
      }
      this.estimator?.destroy()
      this.estimator = undefined
      this.choice = choice
      this.estimator = await createDepthEstimator(this.engine, choice.model.source, {
        card: choice.model.card,
        ...choice.size,
        onProgress: ({ stage, done, total }) => progress(STAGES[stage], total > 1 ? done / total : undefined),
      })
    })
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    return this.exclusive(async () => {})
  }

  /** Runs `f` when nothing else runs. Throws `device` where nothing is open. */
  use<T>(f: (open: { engine: Engine; estimator: DepthEstimator }) => Promise<T>): Promise<T> {
    return this.exclusive(() => {
      const { engine, estimator } = this
      if (!engine || !estimator) throw new IsobathError('device', 'no network is open')
      return f({ engine, estimator })
    })
  }

  /** Frees a map, unless it went with its device. */
  free(map: DepthMap | undefined): void {
    if (map) destroyDepth(map)
  }

  private drop(): void {
    const { engine } = this
    this.estimator?.destroy()
    this.engine = undefined
    this.estimator = undefined
    engine?.destroy()
  }
}
