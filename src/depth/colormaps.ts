// Colormaps as control points, evenly spaced, linear in between. inferno, magma, plasma and viridis (Nathaniel Smith and
// Stéfan van der Walt, CC0) and turbo (Anton Mikhailov, Google, Apache-2.0) are sampled at 33 places of their published
// 256 entries and differ from those by at most 4 of 255 levels; spectral is ColorBrewer's Spectral, whose 11 colours are
// its definition (Cynthia Brewer, Apache-2.0; https://colorbrewer2.org).
import { IsobathError } from '../runtime/error.ts'

const POINTS = {
  inferno:
    '000004 040312 0b0724 150b37 210c4a 2e0a5a 3c0965 4a0c6b 57106d 63146e 70196e 7d1e6d 89226a 962766 ' +
    'a32b61 af315c bb3755 c63e4d d14644 db4f3b e35932 eb6528 f1711e f67f14 f98d0a fb9c06 fcab0f fbba1f ' +
    'f9ca32 f5d949 f2e865 f3f586 fcffa4',
  magma:
    '000004 030311 0a0822 130d33 1d1146 28115a 36106a 430f76 50127c 5d177f 691c81 762181 822681 8f2a81 ' +
    '9c2e7f a9327d b63779 c33b75 cf4170 db486a e65163 ee5c5e f5695c f9785d fb8761 fd9668 fea571 feb47b ' +
    'fec387 fed194 fde0a2 fceeb0 fcfdbf',
  plasma:
    '0d0887 220690 310596 3f049c 4c02a1 5901a5 6600a7 7201a8 7e03a8 8909a6 9511a2 9f1a9c a92396 b22c8e ' +
    'bb3587 c33e80 cb4778 d25071 d9596a e06263 e66c5c eb7555 f07f4f f48a48 f89441 fb9f3a fdab33 feb72d ' +
    'fdc328 fcd025 f9dd25 f5eb27 f0f921',
  viridis:
    '440154 470d60 48186a 482374 472d7b 453681 424086 3f4989 3b528b 375a8d 33638d 2f6a8e 2c728e 297a8e ' +
    '26818e 23898e 21908c 1f988b 1f9f88 21a685 28ae80 31b57b 3ebc74 4cc26c 5dc963 6ece58 82d34c 96d83f ' +
    'abdc32 c0df24 d5e21a eae51a fde725',
  turbo:
    '30123b 392a73 4040a1 4456c7 466be3 467ff6 4293ff 37a7fa 29bbec 1dcdd8 18dcc3 1ee8b0 31f299 4cf97e ' +
    '6bfd64 8aff4d a3fd3c b8f735 cced34 dee037 edd03a f8c03a fdae35 fe982c fb8022 f56817 ec520f e04009 ' +
    'd23105 c02302 ac1701 950d01 7a0403',
  spectral: '9e0142 d53e4f f46d43 fdae61 fee08b ffffbf e6f598 abdda4 66c2a5 3288bd 5e4fa2',
  gray: '000000 ffffff',
}

/** Names that {@link colormapTable} takes; `_r` behind a name turns it round. */
export const colormaps = Object.keys(POINTS) as readonly (keyof typeof POINTS)[]

export type ColormapName = keyof typeof POINTS
export type Colormap = ColormapName | `${ColormapName}_r`

/** 256 colours, packed RGBA8 with R lowest. Throws `input` on a name it does not know. */
export function colormapTable(name: string): Uint32Array {
  const reversed = name.endsWith('_r')
  const text = (POINTS as Record<string, string>)[reversed ? name.slice(0, -2) : name]
  if (!text)
    throw new IsobathError(
      'input',
      `there is no colormap "${name}"; there are ${colormaps.join(', ')}, each with _r too`,
    )
  const points = text.split(' ').map((hex) => Number.parseInt(hex, 16))
  const table = Uint32Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (points.length - 1)
    const k = Math.min(Math.floor(at), points.length - 2)
    const channel = (shift: number) => {
      const from = (points[k] >> shift) & 255
      return Math.round(from + (((points[k + 1] >> shift) & 255) - from) * (at - k))
    }
    return (channel(16) | (channel(8) << 8) | (channel(0) << 16) | 0xff000000) >>> 0
  })
  return reversed ? table.reverse() : table
}
