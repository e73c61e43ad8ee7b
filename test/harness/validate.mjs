// Validates WGSL without a GPU: reads a JSON list of { name, code } from stdin, compiles each on Dawn's null backend, and
// prints the errors as JSON, on the last line. A process of its own: Dawn has one instance a process.
import { text } from 'node:stream/consumers'
import { create, globals } from 'webgpu'

// Kept: Dawn's objects do not outlive the one that made them.
globalThis.gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis'])
Object.assign(globalThis, globals)
const shaders = JSON.parse(await text(process.stdin))
const adapter = await globalThis.gpu.requestAdapter()
const device = await adapter.requestDevice({
  requiredFeatures: ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'],
})
device.addEventListener('uncapturederror', () => {})
const errors = []
for (const { name, code } of shaders) {
  const info = await device.createShaderModule({ code }).getCompilationInfo()
  for (const m of info.messages)
    if (m.type !== 'info') errors.push(`${name}: ${m.type} in "${code.split('\n')[m.lineNum - 1]}": ${m.message}`)
}
// Dawn writes to stdout, too.
process.stdout.write(`\n${JSON.stringify({ count: shaders.length, errors })}`, () => process.exit(0))
