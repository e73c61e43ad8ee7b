/**
 * Every error that a caller can act on. The message names the thing and the way out; `code` is stable.
 *
 * - `model`: the file is not a readable ONNX model
 * - `data`: an external-data file is missing, too short or unreadable
 * - `unsupported`: operators or attributes that the engine does not know
 * - `shape`: shapes, types or attributes of the graph contradict each other, or an axis has no value
 * - `input`: a feed of the wrong name, shape or type; an image that cannot be decoded
 * - `adapter`: no usable GPU adapter
 * - `limit`: the adapter's limits are too small for the model
 * - `device`: the GPU failed or was lost
 * - `dependency`: an optional package is not installed
 */
export type ErrorCode =
  | 'model'
  | 'data'
  | 'unsupported'
  | 'shape'
  | 'input'
  | 'adapter'
  | 'limit'
  | 'device'
  | 'dependency'

export class IsobathError extends Error {
  override name = 'IsobathError'
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/**
 * What reading a file throws while the data are on their way; loading then waits and reads again. `ready` resolves when they
 * may be there, and rejects where they never will.
 */
export class DataPending extends IsobathError {
  constructor(
    message: string,
    readonly ready: Promise<unknown>,
  ) {
    super('data', message)
  }
}

/** Does what may read data that are on their way, again and again until they are there. */
export async function whenThere<T>(f: () => T, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return f()
    } catch (e) {
      if (!(e instanceof DataPending)) throw e
      await e.ready
      signal?.throwIfAborted()
    }
  }
}

/** A part of the engine that few need, and that an app fetches when it is asked for; throws `data` where that fails. */
export async function fetched<T>(part: Promise<T>): Promise<T> {
  try {
    return await part
  } catch (cause) {
    const { message } = cause as Error
    throw new IsobathError(
      'data',
      `a part of the engine cannot be fetched (${message}): serve all files of the bundle`,
      {
        cause,
      },
    )
  }
}

/** Throws an {@link IsobathError} unless `condition` holds. */
export function ensure(condition: unknown, code: ErrorCode, message: string | (() => string)): asserts condition {
  if (!condition) throw new IsobathError(code, typeof message === 'string' ? message : message())
}
