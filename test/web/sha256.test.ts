// SHA-256 in pieces, against Node's.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Sha256 } from '../../src/web/sha256.ts'
import { random } from '../harness/kernel.ts'

const next = random(5)
const bytes = Uint8Array.from({ length: 1000 }, () => next() * 256)

describe('SHA-256', () => {
  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000])('of %i bytes, in pieces of any size', (length) => {
    const data = bytes.subarray(0, length)
    const expected = createHash('sha256').update(data).digest('hex')
    for (const step of [1, 7, 64, 100, 1000]) {
      const hash = new Sha256()
      for (let at = 0; at < length; at += step) hash.update(data.subarray(at, Math.min(length, at + step)))
      expect(hash.digest()).toBe(expected)
    }
  })
})
