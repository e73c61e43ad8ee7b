// Waiting for the GPU. Browsers tell when work has ended; a host that has to ask brings its own way of asking.

/** How a host waits for a device. */
export interface Waiting {
  /** Maps a buffer for reading, once the work submitted before has ended; rejects as `mapAsync` does. */
  mapped(device: GPUDevice, buffer: GPUBuffer): Promise<void>
  /** Resolves when the work submitted so far has ended. */
  finished(device: GPUDevice): Promise<void>
}

const ways = new WeakMap<GPUDevice, Waiting>()

export const setWaiting = (device: GPUDevice, waiting: Waiting) => ways.set(device, waiting)

/** Maps a buffer for reading, once the work submitted before has ended. */
export const mapped = (device: GPUDevice, buffer: GPUBuffer): Promise<unknown> =>
  ways.get(device)?.mapped(device, buffer) ?? buffer.mapAsync(GPUMapMode.READ)

/** Resolves when the work submitted so far has ended. */
export const finished = (device: GPUDevice): Promise<unknown> =>
  ways.get(device)?.finished(device) ?? device.queue.onSubmittedWorkDone()
