// Before any test: makes the generated modules, so that tests can run straight from a checkout.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../tools/generate.mjs', import.meta.url))], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}
