// PyTorch through a Python script: the same architectures with random weights, eager and compiled.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../torch_bench.py', import.meta.url))

/** `[{ mode, dtype, median, least, compile }]` in milliseconds, or `{ failure }`; graphs without a model there give []. */
export function measureTorch(name, { python = 'python3', runs, quick }) {
  try {
    const args = [script, name, '--runs', String(runs), ...(quick ? ['--quick'] : [])]
    return JSON.parse(
      execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 240e3 }),
    )
  } catch (e) {
    return {
      failure: String(e.stderr || e.message)
        .trim()
        .split('\n')
        .at(-1),
    }
  }
}
