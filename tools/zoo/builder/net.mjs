// A network under construction: nodes and tensors with the path names that exporters write, and a count of what is
// trained. Values are `{ name, shape }`; every shape is known while building.

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1)

/** Raised where a network cannot be built at the size asked for, or its layers do not fit one another. */
export class ZooError extends Error {}

export function check(condition, message) {
  if (!condition) throw new ZooError(message)
}

export class Net {
  nodes = []
  /** Drawn tensors: { name, shape, mean, deviation, offset }, at their places in the data file. */
  tensors = []
  /** Constants with their values: { name, shape, data }; Float32Array or BigInt64Array. */
  constants = []
  inputs = []
  outputs = []
  /** Bytes of the data file. */
  bytes = 0
  /**
   * Trained values: all of the published network, those of the graph, the weights alone (no bias, no norm), and all
   * with each batch norm folded into its convolution, where a bias is what remains of its scale and shift.
   */
  counts = { all: 0, graph: 0, weights: 0, folded: 0 }
  #path = []
  #names = new Map()

  constructor(name) {
    this.name = name
  }

  /** Runs `f` within a part of the path, or within several joined by '/'. */
  in(part, f) {
    const depth = this.#path.length
    this.#path.push(...part.split('/'))
    try {
      return f()
    } finally {
      this.#path.length = depth
    }
  }

  input(name, shape) {
    const value = { name, shape }
    this.inputs.push(value)
    return value
  }

  /** Makes a value an output under this name, by renaming what the last node wrote. */
  output(name, value) {
    const node = this.nodes.find((n) => n.outputs.includes(value.name))
    check(node, `${value.name} is made by no node`)
    for (const n of this.nodes) n.inputs = n.inputs.map((x) => (x === value.name ? name : x))
    node.outputs = node.outputs.map((y) => (y === value.name ? name : y))
    this.outputs.push({ name, shape: value.shape })
  }

  #unique(name) {
    const seen = this.#names.get(name) ?? 0
    this.#names.set(name, seen + 1)
    return seen ? `${name}_${seen}` : name
  }

  /** Adds a node with one output of this shape. Inputs are values, or null for those left out. */
  op(type, inputs, attributes, shape) {
    return this.ops(type, inputs, attributes, [shape])[0]
  }

  /** Adds a node with several outputs. */
  ops(type, inputs, attributes, shapes) {
    const name = this.#unique(`/${[...this.#path, type].join('/')}`)
    for (const shape of shapes)
      check(
        shape.every((d) => Number.isInteger(d) && d > 0),
        `${name} cannot have the shape [${shape.join(', ')}] in ${this.name}`,
      )
    const outputs = shapes.map((shape, i) => ({ name: `${name}_output_${i}`, shape }))
    this.nodes.push({
      name,
      type,
      inputs: inputs.map((v) => v?.name ?? ''),
      outputs: outputs.map((v) => v.name),
      attributes: attributes ?? {},
    })
    return outputs
  }

  #add(name, shape, mean, deviation) {
    const full = [...this.#path, name].join('.')
    check(!this.#names.has(full), `two tensors are called ${full}`)
    this.#names.set(full, 1)
    this.tensors.push({ name: full, shape, mean, deviation, offset: this.bytes })
    this.bytes += Math.ceil((sizeOf(shape) * 4) / 64) * 64
    return { name: full, shape }
  }

  #count(shape, kind, used) {
    const n = sizeOf(shape)
    this.counts.all += n
    if (used) this.counts.graph += n
    if (kind === 'weight') this.counts.weights += n
    this.counts.folded += kind === 'norm' ? n / 2 : n
  }

  /** A trained tensor. `kind` is 'weight', 'bias' or 'norm'. */
  parameter(name, shape, kind, { mean = 0, deviation }) {
    this.#count(shape, kind, true)
    return this.#add(name, shape, mean, deviation)
  }

  /** A tensor that is kept but not trained, such as a running mean. */
  buffer(name, shape, { mean = 0, deviation }) {
    return this.#add(name, shape, mean, deviation)
  }

  /** Counts trained tensors that the published network has and its graph does not use. */
  unused(shapes, kind = 'weight') {
    for (const shape of shapes) this.#count(shape, kind, false)
  }

  #constant(shape, data) {
    const name = this.#unique(`/${[...this.#path, 'Constant'].join('/')}_output_0`)
    this.constants.push({ name, shape, data })
    return { name, shape }
  }

  ints(values, shape = [values.length]) {
    return this.#constant(shape, BigInt64Array.from(values, BigInt))
  }

  floats(values, shape = [values.length]) {
    return this.#constant(shape, Float32Array.from(values))
  }

  scalar(value) {
    return this.floats([value], [])
  }
}
