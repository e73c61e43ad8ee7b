// Work on images that need not be done: padding with what the window pads with anyway, and pointwise convolutions of
// enlarged images, which are cheaper before the enlarging.
import type { Builder, Node, Value } from '../op.ts'
import { axisOf, fromNumbers, numbers, scalar, sizeOf } from '../tensor.ts'
import { eachNode, perChannel, producer, type Rewriter } from './rewrite.ts'

/** Padding of each axis, begin and then end, of a Pad with a constant; null where the value is another. */
function constantPads(pad: Node | undefined, value: number): number[] | null {
  if (pad?.attrs.mode !== 'constant') return null
  const [x, pads, fill, axes] = pad.inputs
  const given = fill ? (fill.fact.value ? scalar(fill.fact.value) : undefined) : 0
  if (!pads?.fact.value || given !== value || (axes && !axes.fact.value)) return null
  const rank = x!.fact.shape.length
  const list = [...numbers(pads.fact.value)]
  if (!axes) return list
  const out = new Array<number>(2 * rank).fill(0)
  for (const [i, a] of [...numbers(axes.fact.value!)].entries()) {
    out[axisOf(a, rank)] = list[i]
    out[rank + axisOf(a, rank)] = list[list.length / 2 + i]
  }
  return out
}

/** What a window reads beyond the image. */
const BEYOND: Record<string, number> = { Conv: 0, MaxPool: Number.NEGATIVE_INFINITY }

/** Pad before a convolution or a maximum is padding of its window. */
function padWindow(r: Rewriter, node: Node): boolean {
  if (!(node.op in BEYOND) || node.tail?.length || !['NOTSET', 'VALID'].includes(node.attrs.autoPad)) return false
  const pad = producer(node.inputs[0], 'Pad')
  const pads = constantPads(pad, BEYOND[node.op])
  const rank = node.inputs[0]!.fact.shape.length
  if (!pad || !pads || rank < 3 || node.outputs.length > 1) return false
  const first = node.attrs.channelsLast ? 1 : 2
  const spatial = Array.from({ length: rank - 2 }, (_, i) => first + i)
  const still = [0, node.attrs.channelsLast ? rank - 1 : 1]
  if (pads.some((p) => p < 0) || still.some((axis) => pads[axis] !== 0 || pads[rank + axis] !== 0)) return false
  const own = node.attrs.autoPad === 'NOTSET' ? (node.attrs.pads as number[]) : []
  const of = (i: number) => own[i] ?? 0
  const moved = [
    ...spatial.map((axis, i) => of(i) + pads[axis]),
    ...spatial.map((axis, i) => of(rank - 2 + i) + pads[rank + axis]),
  ]
  // ONNX wants padding smaller than the kernel of a pool, which could otherwise see nothing of the image.
  const kernel = node.op === 'MaxPool' ? (node.attrs.kernel as number[]) : undefined
  if (kernel && node.attrs.ceilMode) return false
  if (kernel && moved.some((p, i) => p >= kernel[i % (rank - 2)])) return false
  const attrs = { ...node.attrs, autoPad: 'NOTSET', pads: moved }
  return r.rewrite(node, (b) => b.emit(node.op, [pad.inputs[0], ...node.inputs.slice(1)], attrs))
}

const one = (list: readonly number[], value: number) => list.every((v) => v === value)

/** A 1 × 1 convolution with constant weights, whose pixels do not depend on each other. */
function pointwise(node: Node | undefined): node is Node {
  if (node?.op !== 'Conv' || node.tail?.length || !node.attrs.channelsLast || node.attrs.group !== 1) return false
  const w = node.inputs[1]!.fact
  const { strides, pads } = node.attrs
  return !!w.value && w.shape.length === 4 && one(w.shape.slice(2), 1) && one(strides, 1) && one(pads, 0)
}

/**
 * conv(resize(x)) is resize(conv(x)) where each pixel is a mean of pixels, weighted to 1: both are linear, and a bias is
 * its own mean. Done where the image grows and the channels do not.
 */
function beforeResize(r: Rewriter, node: Node): boolean {
  if (!pointwise(node)) return false
  const resize = producer(node.inputs[0], 'Resize')
  if (!resize?.attrs.channelsLast || resize.attrs.coordinates === 'tf_crop_and_resize') return false
  if (resize.attrs.policy !== 'stretch' || resize.attrs.axes.includes(1)) return false
  const x = resize.inputs[0]!
  const [small, large] = [x.fact.shape, resize.outputs[0].fact.shape]
  const channels = node.outputs[0].fact.shape[3]
  if (small.length !== 4 || small[0] !== large[0] || small[3] !== large[3]) return false
  if (!r.sole(resize.outputs[0]) || sizeOf(large) <= sizeOf(small) || channels > small[3]) return false
  const add = r.sole(node.outputs[0])
  const bias = add?.op === 'Add' && !add.tail?.length ? add.inputs.find((v) => v !== node.outputs[0]) : undefined
  const biased = bias && perChannel(bias, channels)
  // Scales of channels stay as they are: 1.
  const enlarge = (b: Builder, v: Value) =>
    b.emit('Resize', [v, ...resize.inputs.slice(1).map((u) => u && sized(b, u, channels, small[3]))], resize.attrs)
  return r.rewrite(
    biased ? add! : node,
    (b) => {
      const y = b.emit('Conv', [x, node.inputs[1]], node.attrs)[0]
      return enlarge(b, biased ? b.emit('Add', [y, bias], {})[0] : y)
    },
    node.name,
  )
}

/** An input of Resize for another number of channels: the sizes count them. */
function sized(b: Builder, v: Value, channels: number, before: number): Value {
  if (v.fact.dtype !== 'int64' || v.fact.shape[0] !== 4) return v
  const list = [...numbers(v.fact.value!)]
  return list[1] === before ? b.constant(fromNumbers('int64', [4], list.with(1, channels)), 'sizes') : v
}

export const padWindows = eachNode('pad windows', padWindow)
export const convolveFirst = eachNode('convolve before resizing', beforeResize)
