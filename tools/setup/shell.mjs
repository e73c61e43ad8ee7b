// What the set-up steps share: progress on stderr, timed steps, and child processes that can never wait for a prompt.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** A failure the reader can act upon: its message is printed without a stack. */
export class SetupError extends Error {}

export function say(text) {
  process.stderr.write(`isobath set-up: ${text}\n`)
}

/** Runs `work`, saying before it what begins and after it how long it took. A result with `ok: false` is a failure. */
export function step(what, work) {
  say(`${what} ...`)
  const start = performance.now()
  const result = work()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  say(`${what}: ${result?.ok === false ? 'failed after' : 'done in'} ${seconds} s`)
  return result
}

/**
 * Runs a program to its end with stdin closed. Gives `{ ok, status, stdout, stderr, why }`; `why` says in one
 * line how it failed.
 */
export function run(command, args, { input, env, timeoutSeconds = 900, shell = false } = {}) {
  const r = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: timeoutSeconds * 1000,
    killSignal: 'SIGKILL',
    shell,
  })
  const ok = r.status === 0
  let why = ''
  if (r.error?.code === 'ETIMEDOUT') why = `took longer than ${timeoutSeconds} s`
  else if (r.error?.code === 'ENOENT') why = `${command} is not installed`
  else if (r.error) why = r.error.message
  else if (r.signal) why = `ended by ${r.signal}`
  else if (!ok) why = `exit status ${r.status}`
  return { ok, status: r.status, stdout: r.stdout ?? '', stderr: r.stderr ?? '', why }
}

/** A program's output for an error message: indented, and the middle left out where it is long. */
export function excerpt(text, lines = 30) {
  const all = text.trim().split('\n')
  const half = Math.floor(lines / 2)
  const shown = all.length <= lines ? all : [...all.slice(0, half), '...', ...all.slice(-half)]
  return shown.map((line) => `    ${line}`).join('\n')
}
