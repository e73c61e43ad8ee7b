// EXIF's eight orientations.
import { ensure } from '../runtime/error.ts'
import type { Size } from './size.ts'

/**
 * What lib/orientation.wgsl does for each of EXIF's orientations 1 to 8: 1 columns reversed, 2 rows reversed, 4 rows and
 * columns exchanged. https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf, tag 274.
 */
const TURNS = [0, 1, 3, 2, 4, 5, 7, 6]

interface Oriented extends Size {
  orientation?: number
}

/** The bits of `turn`. Throws `input` on anything but 1 to 8. */
export function turnOf({ orientation = 1 }: Oriented): number {
  ensure(TURNS[orientation - 1] !== undefined, 'input', `an EXIF orientation is 1 to 8, not ${orientation}`)
  return TURNS[orientation - 1]
}

/** The turn of the picture's mirror image. */
export const mirrored = (turn: number): number => turn ^ 1

/** The size of the upright picture. */
export function uprightSize(photo: Oriented): Size {
  const { width, height } = photo
  return turnOf(photo) & 4 ? { width: height, height: width } : { width, height }
}
