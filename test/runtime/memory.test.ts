import { describe, expect, it } from 'vitest'
import { type Lifetime, planMemory } from '../../src/runtime/compile/memory.ts'
import { random } from '../harness/kernel.ts'

const life = (id: number, bytes: number, first: number, last: number): Lifetime => ({ id, bytes, first, last })

describe('planMemory', () => {
  it('gives a buffer to values that do not live together', () => {
    const plan = planMemory([life(0, 100, 0, 1), life(1, 80, 1, 2), life(2, 90, 2, 3)])
    expect(plan.buffers).toEqual([100, 80])
    expect(plan.bufferOf.get(0)).toBe(plan.bufferOf.get(2))
    expect(plan).toMatchObject({ peak: 180, lowerBound: 180 })
  })
  it('never shares a buffer between values alive at one call, and reports a true lower bound', () => {
    const next = random(3)
    for (let round = 0; round < 50; round++) {
      const values = Array.from({ length: 30 }, (_, i) => {
        const first = Math.floor(next() * 20)
        return life(i, Math.ceil(next() * 1000), first, first + Math.floor(next() * 5))
      })
      const plan = planMemory(values)
      for (const a of values)
        for (const b of values)
          if (a.id < b.id && a.first <= b.last && b.first <= a.last)
            expect(plan.bufferOf.get(a.id)).not.toBe(plan.bufferOf.get(b.id))
      for (const v of values) expect(plan.buffers[plan.bufferOf.get(v.id)!]).toBeGreaterThanOrEqual(v.bytes)
      const alive = Array.from({ length: 25 }, (_, t) =>
        values.filter((v) => v.first <= t && t <= v.last).reduce((n, v) => n + v.bytes, 0),
      )
      expect(plan.lowerBound).toBe(Math.max(...alive))
      expect(plan.peak).toBeGreaterThanOrEqual(plan.lowerBound)
    }
  })
  it('plans nothing for nothing', () => {
    expect(planMemory([])).toMatchObject({ buffers: [], peak: 0, lowerBound: 0 })
  })
})
