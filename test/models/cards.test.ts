// The cards: names are found, rules are sane, and the published conversions are what the authors' code computes.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findCard, isobathTiny, modelCards } from '../../src/index.ts'

describe('model cards', () => {
  it('have names of their own, which findCard finds in any spelling', () => {
    expect(new Set(modelCards.map((c) => c.name)).size).toBe(modelCards.length)
    for (const card of modelCards) expect(findCard(card.name)).toBe(card)
    expect(findCard('Depth Anything_V2 small')?.name).toBe('depth-anything-v2-small')
    expect(findCard('unknown')).toBeUndefined()
  })

  it('cover the families', () => {
    expect([...new Set(modelCards.map((c) => c.family))].sort()).toEqual([
      'depth-anything',
      'depth-anything-3',
      'depth-anything-v2',
      'depth-pro',
      'dpt',
      'fastdepth',
      'isobath',
      'lite-mono',
      'metric3d',
      'midas',
      'monodepth',
      'monodepth2',
      'pydnet',
      'rt-monodepth',
      'zoedepth',
    ])
  })

  it.each(modelCards.map((c) => [c.name, c] as const))('%s', (_, card) => {
    const { input, output } = card
    expect(input.width % input.multipleOf).toBe(0)
    expect(input.height % input.multipleOf).toBe(0)
    expect(input.std.every((s) => s > 0)).toBe(true)
    // Only networks that end in depth may claim metres.
    expect(output.unit === 'metre' ? output.kind : 'depth').toBe('depth')
    if (output.range) expect(output.range[0]).toBeLessThan(output.range[1])
    // Mirrored borders and aligned corners have no wide filters here.
    if (input.reflect || input.alignCorners) expect(input.antialias ?? false).toBe(false)
    // Others' networks name their code, the project's own its page.
    expect(card.source).toMatch(card === isobathTiny ? /^docs\// : /^https:\/\/github\.com\//)
    expect(card.licence && card.notes).toBeTruthy()
    for (const { sha256, name } of card.files ?? []) {
      expect(name).not.toContain('/')
      expect(sha256 ?? '0'.repeat(64)).toMatch(/^[0-9a-f]{64}$/)
    }
  })

  const convert = (name: string, x: number) => {
    const {
      scale = 1,
      shift = 0,
      reciprocal,
      times = 1,
      limits = [-Infinity, Infinity],
    } = findCard(name)!.output.formula!
    const t = scale * x + shift
    return Math.min(Math.max(times * (reciprocal ? 1 / Math.max(t, 1e-8) : t), limits[0]), limits[1])
  }

  it('convert as the authors do', () => {
    // Monodepth2's disp_to_depth(disp, 0.1, 100), for a pair of cameras 5.4 times as far apart as in training.
    for (const s of [0, 0.2, 1]) {
      const disparity = 0.01 + (10 - 0.01) * s
      expect(convert('monodepth2', s)).toBeCloseTo(disparity, 12)
      expect(convert('monodepth2-stereo', s)).toBeCloseTo(5.4 / disparity, 9)
    }
    expect(findCard('monodepth2-stereo')!.output.range).toEqual([expect.closeTo(0.54, 9), expect.closeTo(540, 9)])
    // DPT's run_monodepth.py.
    expect(convert('dpt-hybrid-kitti-inverse', 1000)).toBeCloseTo(1 / (0.00006016 * 1000 + 0.00579), 9)
    expect(convert('dpt-hybrid-nyu-inverse', 100)).toBeCloseTo(1 / (0.000305 * 100 + 0.1378), 9)
    // Depth Pro: 1 / clamp(inverse, 1e-4, 1e4).
    expect(['0', '0.5', '1e9'].map((x) => convert('depth-pro', Number(x)))).toEqual([1e4, 2, 1e-4])
    expect([-1, 301].map((x) => convert('metric3d-vit-small', x))).toEqual([0, 300])
  })

  const shared = fileURLToPath(new URL('../../../shared/weights', import.meta.url))
  it.skipIf(!fs.existsSync(shared))('give files the hash and size that they have (needs ../shared)', () => {
    const files = modelCards.flatMap((c) => c.files ?? []).filter((f) => fs.existsSync(path.join(shared, f.name)))
    expect(new Set(files.map((f) => f.name)).size).toBe(2)
    for (const { name, bytes, sha256 } of files) {
      const data = fs.readFileSync(path.join(shared, name))
      expect([data.length, createHash('sha256').update(data).digest('hex')]).toEqual([bytes, sha256])
    }
  })
})
