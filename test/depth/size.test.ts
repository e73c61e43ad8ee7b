// The network's size for a photo, against sizes worked out from MiDaS's Resize.
import { describe, expect, it } from 'vitest'
import { networkSize, placePhoto } from '../../src/depth/size.ts'
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

  it('goes by the longer side and to the nearest multiples, up where two are as near', () => {
    // 1080 · 504 / 1920 = 283.5, which Python rounds to 284: between 280 and 294.
    expect(size('depth-anything-3-small', 1920, 1080)).toEqual([504, 280])
    expect(size('depth-anything-3-small', 640, 480)).toEqual([504, 378])
    // 504 · 275 / 504 stays 275; 273 is halfway between 266 and 280.
    expect(size('depth-anything-3-small', 504, 273)).toEqual([504, 280])
    expect(size('depth-anything-3-small', 3000, 10)).toEqual([504, 14])
  })

  it('mirrors before it measures', () => {
    // 640 + 2 · 53 = 746 by 480 + 2 · 46 = 572: 384 / 572 is nearer to 1 than 512 / 746 is not.
    expect(size('zoedepth-n', 640, 480)).toEqual([512, 384])
  })

  it('crops in the middle', () => {
    const rule = { ...findCard('fastdepth')!.input, resize: 'crop' as const }
    const place = placePhoto(rule, { width: 640, height: 480 }, { width: 224, height: 224 })
    expect(place.part).toEqual({ left: 80, top: 0, width: 480, height: 480 })
    expect(place.box).toEqual({ left: 0, top: 0, width: 224, height: 224 })
  })

  it('stands in the middle of a letterbox', () => {
    const rule = findCard('metric3d-vit-small')!.input
    const box = (width: number, height: number) => placePhoto(rule, { width, height }, rule).box
    // min(616 / 480, 1064 / 640) = 1.2833: 821 × 616, and 243 columns left, 121 of them before.
    expect(box(640, 480)).toEqual({ left: 121, top: 0, width: 821, height: 616 })
    expect(box(1242, 375)).toEqual({ left: 0, top: 147, width: 1064, height: 321 })
  })
})
