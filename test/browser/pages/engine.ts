// Runs models in the page on the engine as `isobath` offers it, for comparison with Node.
import { createEngine, type Engine, type Tensor } from 'isobath'

let engine: Engine | undefined

/** What the engine found. */
export async function open(): Promise<{ software: boolean; precision: string }> {
  engine ??= await createEngine()
  return { software: engine.caps.software, precision: engine.precision }
}

export interface Job {
  model: Uint8Array
  feeds: Record<string, Tensor>
  axes?: Record<string, number>
}

/** Loads a model, runs it, and gives its outputs. */
export async function run({ model, feeds, axes }: Job): Promise<Record<string, Tensor>> {
  await open()
  const session = await engine!.load(model, { axes })
  try {
    return await session.run(feeds)
  } finally {
    session.destroy()
  }
}

/** The error of a load, as the caller sees it. */
export async function loadError(model: Uint8Array): Promise<string> {
  await open()
  return engine!.load(model).then(
    () => 'none',
    (error) => `${error.name} ${error.code}: ${error.message}`,
  )
}
