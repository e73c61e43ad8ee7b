// Colormaps from their published data. inferno, magma, plasma and viridis (Nathaniel Smith and Stéfan van der Walt, CC0) and
// turbo (Anton Mikhailov, Google, Apache-2.0) are their 256 entries, which stand in colormaps.json; spectral is
// ColorBrewer's Spectral, whose 11 colours are its definition (Cynthia Brewer, Apache-2.0; https://colorbrewer2.org), and
// gray two, linear in between.
import { IsobathError } from '../runtime/error.ts'
import { curves } from './colormaps.gen.ts'

/** Colours at equal distances, RRGGBB. */
const POINTS = {
  spectral: '9e0142d53e4ff46d43fdae61fee08bffffbfe6f598abdda466c2a53288bd5e4fa2',
  gray: '000000ffffff',
}

/** The values of a channel, which the generator wrote as its first, two hexadecimal digits, and bends in letters. */
function unbend(text: string): number[] {
  let value = Number.parseInt(text, 16)
  let step = 0
  return [value, ...[...text.slice(2)].map((letter) => (value += step += letter.charCodeAt(0) - 109))]
}

/** The values of red, green and blue. */
function channelsOf(name: string): number[][] | null | undefined {
  if (name in curves) return curves[name as keyof typeof curves].split(' ').map(unbend)
  const colours = POINTS[name as keyof typeof POINTS]?.match(/.{6}/g)
  return colours && [0, 2, 4].map((at) => colours.map((c) => Number.parseInt(c.slice(at, at + 2), 16)))
}

export type ColormapName = keyof typeof curves | keyof typeof POINTS
export type Colormap = ColormapName | `${ColormapName}_r`

/** Names that {@link colormapTable} takes; `_r` behind a name turns it round. */
export const colormaps = Object.keys({ ...curves, ...POINTS }) as readonly ColormapName[]

/** 256 colours, packed RGBA8 with R lowest. Throws `input` on a name it does not know. */
export function colormapTable(name: string): Uint32Array {
  const reversed = name.endsWith('_r')
  const channels = channelsOf(reversed ? name.slice(0, -2) : name)
  if (!channels)
    throw new IsobathError(
      'input',
      `there is no colormap "${name}"; there are ${colormaps.join(', ')}, each with _r too`,
    )
  const table = Uint32Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (channels[0].length - 1)
    const k = Math.min(Math.floor(at), channels[0].length - 2)
    const [r, g, b] = channels.map((values) => Math.round(values[k] + (values[k + 1] - values[k]) * (at - k)))
    return (r | (g << 8) | (b << 16) | 0xff000000) >>> 0
  })
  return reversed ? table.reverse() : table
}
