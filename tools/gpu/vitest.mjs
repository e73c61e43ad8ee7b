// As much of vitest as the kernel tests need, for a machine without it: `tools/gpu/pack.mjs` bundles them with this in
// its place. Tests are collected when a file is imported, and run by `runTests`.
import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect'
import * as chai from 'chai'

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

export const expect = chai.expect

const tests = []
const path = []

export function describe(name, body) {
  path.push(name)
  body()
  path.pop()
}
describe.skipIf = (skip) => (skip ? () => {} : describe)
describe.runIf = (run) => describe.skipIf(!run)

export function it(name, body) {
  tests.push({ name: [...path, name].join(' > '), body })
}
it.skipIf = (skip) => (skip ? () => {} : it)
it.runIf = (run) => it.skipIf(!run)

/** `%s` and `$field` in names, as far as the kernel tests use them. */
const named = (name, row, values) =>
  name
    .replace(/%[sdifjo]/g, () => String(values.shift()))
    .replace(/\$(\w+)/g, (whole, field) => String(row?.[field] ?? whole))

it.each = (rows) => (name, body) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row]
    it(named(name, row, [...values]), () => body(...values))
  }
}
describe.each = (rows) => (name, body) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row]
    describe(named(name, row, [...values]), () => body(...values))
  }
}
export const test = it
export const beforeAll = (body) => it('(before all)', body)
export const afterAll = (body) => it('(after all)', body)

class Skipped extends Error {}

/** Runs what was collected since the last call, until `deadline` (of `performance.now()`). */
export async function runTests(deadline) {
  const result = { passed: 0, failed: [], skipped: 0, late: 0 }
  for (const { name, body } of tests.splice(0)) {
    if (performance.now() > deadline) {
      result.late++
      continue
    }
    try {
      await body({
        skip() {
          throw new Skipped()
        },
      })
      result.passed++
    } catch (e) {
      if (e instanceof Skipped) result.skipped++
      else result.failed.push({ name, message: String(e.message).slice(0, 400) })
    }
  }
  return result
}
