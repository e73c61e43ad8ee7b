// Deno: runs the default network on given values, and prints its output as JSON.
import { createEngine, defaultModelUrl } from '../../dist/browser/isobath.js'

const { axes, values } = JSON.parse(await Deno.readTextFile(Deno.args[0]))
const engine = await createEngine({ precision: 'f32' })
const session = await engine.load(await Deno.readFile(defaultModelUrl()), { axes })
const shape = [1, 3, axes.height, axes.width]
const feeds = { rgb: { dtype: 'float32', shape, data: Float32Array.from(values) } }
const [{ data }] = Object.values(await session.run(feeds))
const { description, vendor } = engine.device.adapterInfo
console.log(JSON.stringify({ adapter: description || vendor, output: [...data] }))
engine.destroy()
