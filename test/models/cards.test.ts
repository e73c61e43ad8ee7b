// The cards: names are found, rules are sane.
import { describe, expect, it } from 'vitest'
import { findCard, modelCards } from '../../src/index.ts'

describe('model cards', () => {
  it('have names of their own, which findCard finds in any spelling', () => {
    expect(new Set(modelCards.map((c) => c.name)).size).toBe(modelCards.length)
    for (const card of modelCards) expect(findCard(card.name)).toBe(card)
    expect(findCard('Depth Anything_V2 small')?.name).toBe('depth-anything-v2-small')
    expect(findCard('unknown')).toBeUndefined()
  })

  it.each(modelCards.map((c) => [c.name, c] as const))('%s', (_, card) => {
    const { input, output } = card
    expect(input.width % input.multipleOf).toBe(0)
    expect(input.height % input.multipleOf).toBe(0)
    expect(input.std.every((s) => s > 0)).toBe(true)
    // Only networks that end in depth may claim metres.
    expect(output.unit === 'metre' ? output.kind : 'depth').toBe('depth')
    expect(card.source).toMatch(/^https:\/\/github\.com\//)
    expect(card.licence && card.notes).toBeTruthy()
  })
})
