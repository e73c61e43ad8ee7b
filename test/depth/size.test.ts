// The network's size for a photo, against sizes worked out from MiDaS's Resize.
import { describe, expect, it } from 'vitest'
import { networkSize, photoPart } from '../../src/depth/size.ts'
import { findCard } from '../../src/models/index.ts'

const size = (card: string, width: number, height: number) => {
  const s = networkSize(findCard(card)!.input, { width, height })
  return [s.width, s.height]
}

describe('network size', () => {
  it('follows the published rule', () => {
    expect(size('dpt-large', 640, 480)).toEqual([512, 384])
    expect(size('depth-anything-v2-small', 640, 480)).toEqual([686, 518])
    expect(size('depth-anything-v2-small', 1920, 1080)).toEqual([924, 518])
    expect(size('depth-anything-v2-small', 1080, 1920)).toEqual([518, 924])
    expect(size('depth-anything-v2-small', 518, 518)).toEqual([518, 518])
    expect(size('midas-v21', 640, 480)).toEqual([384, 288])
    expect(size('midas-v21-small', 1920, 1080)).toEqual([256, 128])
    expect(size('dpt-hybrid-kitti', 1242, 375)).toEqual([1216, 352])
  })

  it('rounds halves to even, as numpy does', () => {
    // 49 / 14 = 3.5 and 63 / 14 = 4.5 both become 4.
    const rule = { ...findCard('depth-anything-v2-small')!.input, width: 28, height: 28 }
    expect(networkSize(rule, { width: 49, height: 28 })).toEqual({ width: 56, height: 28 })
    expect(networkSize(rule, { width: 63, height: 28 })).toEqual({ width: 56, height: 28 })
  })

  it('stays at the card’s own size where the card stretches', () => {
    expect(size('fastdepth', 4000, 3000)).toEqual([224, 224])
    expect(size('monodepth2', 1242, 375)).toEqual([640, 192])
  })

  it('refuses a photo too elongated for the rule', () => {
    expect(() => size('midas-v21-small', 4000, 10)).toThrow('4000 × 10 pixels is too elongated')
  })

  it('crops in the middle', () => {
    const rule = { ...findCard('fastdepth')!.input, resize: 'crop' as const }
    const part = photoPart(rule, { width: 640, height: 480 }, { width: 224, height: 224 })
    expect(part).toEqual({ left: 80, top: 0, width: 480, height: 480 })
  })
})
