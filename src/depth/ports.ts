// Which input of a graph takes the picture and which output is the depth, from their shapes.
import type { PortInfo } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import type { Size } from './size.ts'

/** An input that takes a picture; dimensions that the file leaves open are names. */
export interface PicturePort {
  name: string
  shape: readonly (number | string)[]
  dtype: string
  /** NCHW, else NHWC. Leading axes beside N are 1. */
  channelsFirst: boolean
}

interface LoosePort {
  name: string
  dtype: string
  shape: readonly (number | string)[]
}

const show = (p: LoosePort) => `"${p.name}" (${p.dtype} [${p.shape.join(', ')}])`
const isFloat = (dtype: string) => dtype === 'float32' || dtype === 'float16'

/** The one input of a depth network. Throws `unsupported` where there are more, or where it is no RGB picture. */
export function picturePort(inputs: readonly LoosePort[]): PicturePort {
  ensure(
    inputs.length === 1,
    'unsupported',
    () => `the model has ${inputs.length} inputs, a depth network has one: ${inputs.map(show).join(', ')}`,
  )
  const port = inputs[0]
  const rank = port.shape.length
  ensure(rank >= 3 && isFloat(port.dtype), 'unsupported', `input ${show(port)} is no picture of floats`)
  const [a, , c] = port.shape.slice(-3)
  const channelsFirst = a === 3 || (typeof a === 'string' && c !== 3)
  ensure(
    (channelsFirst || c === 3) && port.shape.slice(0, -3).every((d) => d === 1 || typeof d === 'string'),
    'unsupported',
    `input ${show(port)} is no RGB picture: [1, 3, height, width] or [1, height, width, 3] is`,
  )
  return { ...port, channelsFirst }
}

/** Height and width in the file; undefined where they are open. */
export function fixedSize(port: PicturePort): { width?: number; height?: number } {
  const [height, width] = port.channelsFirst ? port.shape.slice(-2) : port.shape.slice(-3)
  return {
    width: typeof width === 'number' ? width : undefined,
    height: typeof height === 'number' ? height : undefined,
  }
}

/** The input's shape at a size, batch 1. */
export function shapeAt(port: PicturePort, { width, height }: Size): number[] {
  const leading = port.shape.slice(0, -3).map(() => 1)
  return [...leading, ...(port.channelsFirst ? [3, height, width] : [height, width, 3])]
}

export interface ResultPort extends Size {
  name: string
  dtype: string
}

function pictureOf(port: PortInfo): Size | null {
  let shape = [...port.shape]
  if (shape.length > 2 && shape[shape.length - 1] === 1 && shape[shape.length - 2] > 1) shape = shape.slice(0, -1)
  if (shape.length < 2 || !isFloat(port.dtype)) return null
  const [height, width] = shape.slice(-2)
  const planes = shape.slice(0, -2)
  // More than one channel: the first is meant.
  if (planes.slice(0, -1).some((d) => d !== 1)) return null
  return width > 1 && height > 1 ? { width, height } : null
}

/** The output that holds the depth: the named one, else the largest picture, the first of equals. */
export function resultPort(outputs: readonly PortInfo[], name?: string): ResultPort {
  const pictures = outputs.flatMap((port) => {
    const size = name === undefined || port.name === name ? pictureOf(port) : null
    return size ? [{ name: port.name, dtype: port.dtype, ...size }] : []
  })
  ensure(
    pictures.length,
    'unsupported',
    () => `none of the outputs ${outputs.map(show).join(', ')} is a picture${name ? ` with the name "${name}"` : ''}`,
  )
  return pictures.reduce((best, p) => (p.width * p.height > best.width * best.height ? p : best))
}
