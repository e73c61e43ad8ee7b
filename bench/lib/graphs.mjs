// The graphs to measure: a folder with NAME.onnx, NAME.weights.json and materialise.mjs, which draws the weights.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

/** Sizes of graphs whose axes are open. */
const AXES = { selfsup_r18_dyn: { height: 160, width: 224 } }

/** The float32 tensor of a .npy file as materialise.mjs writes it. */
function readNpy(file) {
  const bytes = fs.readFileSync(file)
  const start = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, start)
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)[1]
    .split(',')
    .filter((d) => d.trim())
    .map(Number)
  return { dtype: 'float32', shape, data: new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer) }
}

/**
 * Makes NAME's model and inputs in the folder `cache`, unless they are there, and in half precision where asked.
 * The inputs are those of the float32 model.
 */
export function openGraph(folder, name, { cache, half, root }) {
  const recipe = path.join(folder, `${name}.weights.json`)
  if (!fs.existsSync(recipe)) throw new Error(`there is no ${recipe}`)
  const spec = JSON.parse(fs.readFileSync(recipe, 'utf8'))
  const axes = AXES[name] ?? {}
  const weights = path.join(cache, `${name}.weights.bin`)
  if (!fs.existsSync(weights) || fs.statSync(weights).size !== spec.bytes) {
    const bindings = Object.entries(axes).map(([axis, n]) => `${axis}=${n}`)
    execFileSync(process.execPath, [path.join(folder, 'materialise.mjs'), name, cache, ...bindings])
  }
  const model = path.join(cache, `${name}.onnx`)
  const halfModel = path.join(cache, `${name}.f16.onnx`)
  if (half && !fs.existsSync(halfModel))
    execFileSync(process.execPath, [path.join(root, 'tools/to-float16.mjs'), model, halfModel])
  const file = (input) => path.join(cache, `${name}.${spec.inputs.length > 1 ? input : 'input'}.npy`)
  const inputs = Object.fromEntries(spec.inputs.map((i) => [i.name, readNpy(file(i.name))]))
  return { name, model, halfModel: half ? halfModel : undefined, inputs, axes }
}
