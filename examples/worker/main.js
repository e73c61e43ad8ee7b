// The page: hands its canvas and the chosen files to the worker, and shows what comes back.
const input = document.querySelector('input')
const output = document.querySelector('output')
const canvas = document.querySelector('canvas').transferControlToOffscreen()

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
worker.postMessage({ canvas }, [canvas])
worker.addEventListener('message', ({ data }) => {
  output.value = data
  input.disabled = false
})
input.addEventListener('change', () => worker.postMessage({ file: input.files[0] }))
