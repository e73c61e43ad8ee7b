// Many items through three steps at once: while one is worked on, the next ones are loaded and the last ones stored.
import { type ErrorCode, IsobathError } from '../../runtime/error.ts'

export interface Steps<Item, Loaded, Result> {
  load(item: Item): Promise<Loaded>
  /** One item at a time, in order. */
  work(item: Item, loaded: Loaded): Promise<Result>
  store(item: Item, result: Result): Promise<void>
  /** An item that failed in one of the steps; the others go on. */
  failed(item: Item, error: unknown): void
}

/** Items that are loaded ahead, and results that wait to be stored, at most. */
const AHEAD = 2

/** Errors that every further item would meet as well. */
const FATAL: readonly ErrorCode[] = ['model', 'data', 'unsupported', 'adapter', 'device', 'dependency']

const isFatal = (error: unknown) => !(error instanceof IsobathError) || FATAL.includes(error.code)

type Settled<T> = { value: T } | { error: unknown }
const settle = <T>(work: Promise<T>): Promise<Settled<T>> =>
  work.then(
    (value) => ({ value }),
    (error) => ({ error }),
  )

/** Runs every item through the steps. Rejects, after what is being stored, on an error that all items would meet. */
export async function runPipeline<Item, Loaded, Result>(
  items: readonly Item[],
  steps: Steps<Item, Loaded, Result>,
): Promise<void> {
  const loads: Promise<Settled<Loaded>>[] = []
  const storing = new Set<Promise<void>>()
  let fatal: { error: unknown } | undefined
  const fail = (item: Item, error: unknown) => {
    if (isFatal(error)) fatal ??= { error }
    else steps.failed(item, error)
  }
  for (let i = 0; i < items.length && !fatal; i++) {
    while (loads.length < items.length && loads.length <= i + AHEAD) loads.push(settle(steps.load(items[loads.length])))
    const loaded = await loads[i]
    loads[i] = Promise.resolve({ error: undefined })
    if ('error' in loaded) {
      fail(items[i], loaded.error)
      continue
    }
    const done = await settle(steps.work(items[i], loaded.value))
    if ('error' in done) {
      fail(items[i], done.error)
      continue
    }
    while (storing.size >= AHEAD) await Promise.race(storing)
    const store = settle(steps.store(items[i], done.value)).then((r) => {
      storing.delete(store)
      if ('error' in r) fail(items[i], r.error)
    })
    storing.add(store)
  }
  await Promise.all(storing)
  if (fatal) throw fatal.error
}
