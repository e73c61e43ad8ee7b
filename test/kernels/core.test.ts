// What comes with the engine does without what is fetched later.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { coreOperators } from '../../src/kernels/core.ts'
import { laterOperators } from '../../src/kernels/later.ts'

/** The text of a module and of the shared ones that it imports. */
function textOf(file: URL, seen = new Set<string>()): string {
  if (seen.has(file.href)) return ''
  seen.add(file.href)
  const text = readFileSync(file, 'utf8')
  const imports = [...text.matchAll(/from '(\.[^']+)'/g)].map((m) => new URL(m[1], file))
  return (
    text +
    imports
      .filter((url) => /\/kernels\/(shared\/)?\w+\.ts$/.test(url.href))
      .map((url) => textOf(url, seen))
      .join('')
  )
}

describe('the operators that come with the engine', () => {
  const core = textOf(new URL('../../src/kernels/core.ts', import.meta.url))

  it('are none of the later ones, but for Conv, which comes again with more variants', () => {
    expect([...coreOperators.keys()].filter((name) => laterOperators.has(name))).toEqual(['Conv'])
  })
  it('are not lowered to later ones', () => {
    const made = [...core.matchAll(/\bemit\(\s*\w+,\s*'(\w+)'/g)].map((m) => m[1])
    expect(made.length).toBeGreaterThan(20)
    // Hardmax stands in the file of Softmax and is itself a later one.
    expect(made.filter((name) => laterOperators.has(name) && name !== 'ArgMax')).toEqual([])
  })
})
