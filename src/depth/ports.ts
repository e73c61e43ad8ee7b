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

/** A picture among the outputs: its first channel is meant. */
export interface ResultPort extends Size {
  name: string
  dtype: string
  /** Elements from column to column. */
  stride: number
}

function pictureOf({ shape, dtype }: PortInfo, channelsFirst: boolean): (Size & { stride: number }) | null {
  const rank = shape.length
  if (rank < 2 || !isFloat(dtype)) return null
  const last = rank > 3 && (shape[rank - 1] === 1 || !channelsFirst)
  const [height, width] = last ? shape.slice(-3) : shape.slice(-2)
  const leading = shape.slice(0, last ? -3 : Math.max(0, rank - 3))
  if (leading.some((d) => d !== 1) || width < 2 || height < 2) return null
  return { width, height, stride: last ? shape[rank - 1] : 1 }
}

/** An output of one float: the named one, else the only one beside `except`; undefined where there is none. */
export function scalarPort(outputs: readonly PortInfo[], except: string, name?: string): PortInfo | undefined {
  const scalars = outputs.filter((o) => o.name !== except && isFloat(o.dtype) && o.shape.every((d) => d === 1))
  return name === undefined ? (scalars.length === 1 ? scalars[0] : undefined) : scalars.find((o) => o.name === name)
}

/** The output that is taken for the depth as far as a file tells, whose axes may be open. */
export function resultName(outputs: readonly LoosePort[], channelsFirst: boolean, name?: string): string {
  // Open axes count as large: what is as large as the picture is the depth.
  const closed = outputs.map((o) => ({
    ...o,
    shape: o.shape.map((d, i) => (typeof d === 'number' ? d : i ? 1024 : 1)),
  }))
  return resultPort(closed as PortInfo[], channelsFirst, name).name
}

/**
 * The output that holds the depth: the named one, else the largest picture, the first of equals. `channelsFirst` is the
 * input's.
 */
export function resultPort(outputs: readonly PortInfo[], channelsFirst: boolean, name?: string): ResultPort {
  const pictures = outputs.flatMap((port) => {
    const size = name === undefined || port.name === name ? pictureOf(port, channelsFirst) : null
    return size ? [{ name: port.name, dtype: port.dtype, ...size }] : []
  })
  ensure(
    pictures.length,
    'unsupported',
    () => `none of the outputs ${outputs.map(show).join(', ')} is a picture${name ? ` with the name "${name}"` : ''}`,
  )
  return pictures.reduce((best, p) => (p.width * p.height > best.width * best.height ? p : best))
}
