// A finished network as an ONNX model: the graph's bytes, and a data file whose contents are drawn when they are read.
import fs from 'node:fs'
import path from 'node:path'
import protobuf from 'protobufjs/minimal.js'
import { check } from './net.mjs'
import { draw, seedOf } from './random.mjs'

const { Writer } = protobuf

export const OPSET = 17
const DATA = 'weights.bin'

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1)

// The fields of ONNX's messages, by their numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const text = (w, field, value) => w.uint32((field << 3) | 2).string(value)
const bytes = (w, field, value) => w.uint32((field << 3) | 2).bytes(value)
const int = (w, field, value) => w.uint32(field << 3).int64(value)
const float = (w, field, value) => w.uint32((field << 3) | 5).float(value)
function message(w, field, fill) {
  w.uint32((field << 3) | 2).fork()
  fill()
  w.ldelim()
}

function attribute(w, name, value) {
  text(w, 1, name)
  const type = (code) => int(w, 20, code)
  if (typeof value === 'string') {
    text(w, 4, value)
    type(3)
  } else if (Array.isArray(value)) {
    for (const v of value) int(w, 8, v)
    type(7)
  } else if (value.float !== undefined) {
    float(w, 2, value.float)
    type(1)
  } else {
    int(w, 3, value)
    type(2)
  }
}

function node(w, { name, type, inputs, outputs, attributes }) {
  for (const x of inputs) text(w, 1, x)
  for (const y of outputs) text(w, 2, y)
  text(w, 3, name)
  text(w, 4, type)
  for (const [key, value] of Object.entries(attributes)) message(w, 5, () => attribute(w, key, value))
}

function external(w, { name, shape, offset }, location) {
  for (const d of shape) int(w, 1, d)
  int(w, 2, 1)
  text(w, 8, name)
  for (const [key, value] of Object.entries({ location, offset, length: 4 * sizeOf(shape) }))
    message(w, 13, () => {
      text(w, 1, key)
      text(w, 2, String(value))
    })
  int(w, 14, 1)
}

function inline(w, { name, shape, data }) {
  for (const d of shape) int(w, 1, d)
  int(w, 2, data instanceof Float32Array ? 1 : 7)
  text(w, 8, name)
  bytes(w, 9, new Uint8Array(data.buffer))
}

function port(w, { name, shape }) {
  text(w, 1, name)
  message(w, 2, () =>
    message(w, 1, () => {
      int(w, 1, 1)
      message(w, 2, () => {
        for (const d of shape) message(w, 1, () => int(w, 1, d))
      })
    }),
  )
}

/** The bytes of the .onnx file; its weights are external data at `location`. */
export function encode(net, location = DATA) {
  const w = Writer.create()
  int(w, 1, 8)
  text(w, 2, 'isobath-zoo')
  message(w, 7, () => {
    for (const n of net.nodes) message(w, 1, () => node(w, n))
    text(w, 2, net.name)
    for (const t of net.tensors) message(w, 5, () => external(w, t, location))
    for (const t of net.constants) message(w, 5, () => inline(w, t))
    for (const x of net.inputs) message(w, 11, () => port(w, x))
    for (const y of net.outputs) message(w, 12, () => port(w, y))
  })
  message(w, 8, () => int(w, 2, OPSET))
  return w.finish()
}

/** Bytes of the data file from `offset` on, drawn now. */
export function readData(net, offset, length) {
  check(offset % 4 === 0 && length % 4 === 0, 'weights are read in whole values')
  const out = new Float32Array(length / 4)
  const [begin, end] = [offset / 4, (offset + length) / 4]
  for (const t of net.tensors) {
    const start = t.offset / 4
    const stop = start + sizeOf(t.shape)
    const [from, to] = [Math.max(begin, start), Math.min(end, stop)]
    if (from < to) draw(out.subarray(from - begin, to - begin), seedOf(t.name), from - start, t.mean, t.deviation)
  }
  return new Uint8Array(out.buffer)
}

/** The network as what the engine loads. Nothing is written, and no tensor is kept. */
export function sourceOf(net) {
  return {
    name: net.name,
    bytes: encode(net),
    external(location) {
      check(location === DATA, `${net.name} has no data file "${location}"`)
      return { size: net.bytes, read: (offset, length) => readData(net, offset, length) }
    },
  }
}

/** Writes NAME.onnx and NAME.weights.bin into a folder; returns the model's path. */
export function writeModel(net, folder, name) {
  fs.mkdirSync(folder, { recursive: true })
  const file = path.join(folder, `${name}.onnx`)
  const data = fs.openSync(path.join(folder, `${name}.weights.bin`), 'w')
  const PART = 1 << 26
  for (let at = 0; at < net.bytes; at += PART)
    fs.writeSync(data, readData(net, at, Math.min(PART, net.bytes - at)), 0, undefined, at)
  fs.closeSync(data)
  fs.writeFileSync(file, encode(net, `${name}.weights.bin`))
  return file
}
