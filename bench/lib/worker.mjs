// Engines live in processes of their own: Dawn is built into two libraries here, and peak memory is a process's.
import { fork } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Variables that point drivers to an empty cache of compiled shaders: Mesa's and NVIDIA's. */
const CACHE_VARIABLES = ['MESA_SHADER_CACHE_DIR', '__GL_SHADER_DISK_CACHE_PATH']

/**
 * Starts `workers/NAME.mjs`. `call(method, ...args)` asks it; `stop()` ends it. With `cold`, its driver begins with an
 * empty cache of compiled shaders. What it writes to stderr is kept, and told where it dies.
 */
export function startWorker(name, { env = {}, cold = false } = {}) {
  const cache = cold ? fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-bench-cache-')) : undefined
  const file = fileURLToPath(new URL(`../workers/${name}.mjs`, import.meta.url))
  const child = fork(file, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...env, ...(cold && Object.fromEntries(CACHE_VARIABLES.map((v) => [v, cache]))) },
  })
  const waiting = new Map()
  let [next, told] = [0, '']
  child.stderr.on('data', (d) => {
    told = (told + d).slice(-2000)
  })
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(result)
    else reject(new Error(`${name}: ${error}`))
  })
  const gone = new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      for (const { reject } of waiting.values())
        reject(new Error(`${name} ended with ${signal ?? `code ${code}`}\n${told.trim()}`))
      waiting.clear()
      if (cache) fs.rmSync(cache, { recursive: true, force: true })
      resolve()
    })
  })
  return {
    call(method, ...args) {
      const id = next++
      return new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error(`${name} is gone\n${told.trim()}`))
        waiting.set(id, { resolve, reject })
        child.send({ id, method, args })
      })
    },
    async stop() {
      if (child.connected) child.disconnect()
      await gone
    },
  }
}
