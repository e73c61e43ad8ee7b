// Which part of a photo a network sees, and at which size.

import type { InputRule } from '../models/card.ts'
import { ensure } from '../runtime/error.ts'

export interface Size {
  width: number
  height: number
}

/** A part of a photo, in its pixels; edges may fall within pixels. */
export interface Rect extends Size {
  left: number
  top: number
}

/** To the nearest whole number, halves to the even one, as numpy rounds. */
function roundEven(v: number): number {
  const down = Math.floor(v)
  if (v - down !== 0.5) return Math.round(v)
  return down % 2 === 0 ? down : down + 1
}

/**
 * The network's input for a photo: the `Resize` rule of MiDaS
 * (https://github.com/isl-org/MiDaS/blob/master/midas/transforms.py) for the rules that keep the aspect ratio, else
 * the rule's own size.
 */
export function networkSize(rule: InputRule, photo: Size): Size {
  const { width, height, resize, multipleOf: m } = rule
  if (resize === 'stretch' || resize === 'crop') return { width, height }
  const part = rule.crop ?? 1
  const w = photo.width * part
  const h = photo.height * part
  const sw = width / w
  const sh = height / h
  const scale =
    resize === 'lower_bound'
      ? Math.max(sw, sh)
      : resize === 'upper_bound'
        ? Math.min(sw, sh)
        : Math.abs(1 - sw) < Math.abs(1 - sh)
          ? sw
          : sh
  const side = (length: number, net: number): number => {
    const x = scale * length
    let y = roundEven(x / m) * m
    if (resize === 'lower_bound' && y < net) y = Math.ceil(x / m) * m
    if (resize === 'upper_bound' && y > net) y = Math.floor(x / m) * m
    return y
  }
  const size = { width: side(w, width), height: side(h, height) }
  ensure(
    size.width > 0 && size.height > 0,
    'input',
    () => `a photo of ${photo.width} × ${photo.height} pixels is too elongated for a network of ${width} × ${height}`,
  )
  return size
}

/** The rule for a photo: one of the network's own size counts as prepared, and is neither cropped nor corrected for. */
export const ruleFor = (rule: InputRule, photo: Size, network: Size): InputRule =>
  photo.width === network.width && photo.height === network.height ? { ...rule, crop: 1, view: 1 } : rule

/** The part of the photo that fills the network's input. */
export function photoPart(rule: InputRule, photo: Size, network: Size): Rect {
  const part = rule.crop ?? 1
  let width = photo.width * part
  let height = photo.height * part
  if (rule.resize === 'crop') {
    const aspect = network.width / network.height
    if (width > height * aspect) width = height * aspect
    else height = width / aspect
  }
  return { left: (photo.width - width) / 2, top: (photo.height - height) / 2, width, height }
}
