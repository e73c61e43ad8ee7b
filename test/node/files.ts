// A folder for the files of a test, taken away when the tests of the file are done.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Makes the folder; `at` names a file in it, `put` writes one. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'isobath-test-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const at = (name: string) => join(folder, name)
  return {
    folder,
    at,
    put(name: string, bytes: Uint8Array | string) {
      writeFileSync(at(name), bytes)
      return at(name)
    },
  }
}
