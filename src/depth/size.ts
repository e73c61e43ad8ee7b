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

/** Whether the network's size does not follow the photo's. */
export const isFixed = ({ resize }: InputRule): boolean =>
  resize === 'stretch' || resize === 'crop' || resize === 'letterbox'

/** The rule `longest`: two steps, each to whole numbers. */
function longest({ width, multipleOf: m }: InputRule, w: number, h: number): Size {
  const scale = width / Math.max(w, h)
  const side = (length: number) => Math.max(m, Math.floor(Math.max(1, roundEven(length * scale)) / m + 0.5) * m)
  return { width: side(w), height: side(h) }
}

/**
 * The network's input for a photo: the `Resize` rule of MiDaS
 * (https://github.com/isl-org/MiDaS/blob/master/midas/transforms.py) for the rules that keep the aspect ratio, else
 * the rule's own size.
 */
export function networkSize(rule: InputRule, photo: Size): Size {
  const { width, height, resize, multipleOf: m } = rule
  if (isFixed(rule)) return { width, height }
  const { width: w, height: h } = shownPart(rule, photo)
  if (resize === 'longest') return longest(rule, w, h)
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

/** The part of the photo that the rule starts from: all of it, its middle, or more than all, mirrored at its borders. */
function shownPart(rule: InputRule, { width: w, height: h }: Size): Rect {
  const share = rule.crop ?? 1
  const margin = (side: number) => (rule.reflect ? Math.floor(Math.sqrt(side / 2) * rule.reflect) : 0)
  const width = w * share + 2 * margin(w)
  const height = h * share + 2 * margin(h)
  return { left: (w - width) / 2, top: (h - height) / 2, width, height }
}

/** Where a photo and a network's input meet. */
export interface Placement {
  /** The network's input. */
  network: Size
  /** Its pixels that show the photo; all of them but for letterboxes. */
  box: Rect
  /** The part of the photo that they show; it exceeds the photo where that is mirrored at its borders. */
  part: Rect
}

/** Which part of the photo goes where in the network's input. */
export function placePhoto(rule: InputRule, photo: Size, network: Size): Placement {
  const part = shownPart(rule, photo)
  const box = { left: 0, top: 0, width: network.width, height: network.height }
  if (rule.resize === 'crop') {
    const aspect = network.width / network.height
    const { width, height } = part
    if (width > height * aspect) part.width = height * aspect
    else part.height = width / aspect
    part.left += (width - part.width) / 2
    part.top += (height - part.height) / 2
  }
  if (rule.resize === 'letterbox') {
    const scale = Math.min(network.width / part.width, network.height / part.height)
    box.width = Math.max(1, Math.floor(part.width * scale))
    box.height = Math.max(1, Math.floor(part.height * scale))
    box.left = Math.floor((network.width - box.width) / 2)
    box.top = Math.floor((network.height - box.height) / 2)
  }
  return { network, box, part }
}
