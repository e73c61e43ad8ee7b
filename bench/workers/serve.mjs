// The far side of lib/worker.mjs: answers messages { id, method, args } with what the named method returns.

/** Serves the methods until the parent lets go. Results and errors travel back under the message's id. */
export function serve(methods) {
  process.on('message', async ({ id, method, args }) => {
    try {
      process.send({ id, result: await methods[method](...args) })
    } catch (e) {
      process.send({ id, error: e.message || String(e) })
    }
  })
  process.on('disconnect', () => process.exit(0))
}

/** The highest resident memory of this process so far, in bytes. */
export const peakResident = () => process.resourceUsage().maxRSS * 1024

const cpuMilliseconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds of some work, those that this process's threads computed, and its result. */
export async function timed(work) {
  const [start, used] = [performance.now(), cpuMilliseconds()]
  const result = await work()
  return { ms: performance.now() - start, cpu: cpuMilliseconds() - used, result }
}

/** The times alone. */
export async function timesOf(work) {
  const { ms, cpu } = await timed(work)
  return { ms, cpu }
}
