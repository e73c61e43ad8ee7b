// Asks Dawn for an adapter and prints the answer as one line. A process of its own: a driver may crash it, and Dawn
// reads the drivers only once a process.
const answer = (what) => process.stdout.write(`\nPROBE ${JSON.stringify(what)}\n`, () => process.exit(0))

try {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  const adapter = await create([]).requestAdapter()
  const info = adapter?.info
  answer({ adapter: info ? info.description || info.device || info.vendor || 'unnamed' : null })
} catch (error) {
  answer({ error: String(error?.message ?? error).split('\n')[0] })
}
