// Deno: compiles the shaders of a JSON file ({ name, code }[]) with naga, and prints its errors as JSON.
const shaders = JSON.parse(await Deno.readTextFile(Deno.args[0]))
const adapter = await navigator.gpu.requestAdapter()
const device = await adapter.requestDevice({ requiredFeatures: ['shader-f16'] })
const problems = []
for (const { name, code } of shaders) {
  device.pushErrorScope('validation')
  device.createShaderModule({ label: name, code })
  const error = await device.popErrorScope()
  if (error) problems.push(`${name}: ${error.message.trim()}`)
}
console.log(JSON.stringify(problems))
