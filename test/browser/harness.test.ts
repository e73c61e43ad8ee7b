// The harness: what goes wrong in a page reaches the test, and the server answers as told.
import { expect, it } from 'vitest'
import { openBrowser } from './harness.ts'

const browser = openBrowser({ headers: { 'content-security-policy': "script-src 'self'" } })

it('errors of a page, of WebGPU, and of its policy reach the test', async () => {
  browser.route('/broken.js', {
    type: 'js',
    body: `
      const adapter = await navigator.gpu.requestAdapter()
      const device = await adapter.requestDevice()
      device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE })
      await device.queue.onSubmittedWorkDone()
      console.error('said aloud')
      document.title = 'done'
      throw new Error('thrown')`,
  })
  browser.route('/', {
    body: '<!doctype html><script>document.title = "inline"</script><script type="module" src="/broken.js"></script>',
  })
  const page = await browser.open('/')
  await page.waitForFunction(() => document.title === 'done')
  await expect.poll(() => page.evaluate(() => document.title)).toBe('done')
  const errors = browser.takeErrors().join('\n')
  expect(errors).toMatch(/WebGPU: .*usage/i)
  expect(errors).toContain('said aloud')
  expect(errors).toContain('thrown')
  expect(errors).toContain('Content Security Policy')
  expect(browser.takeErrors()).toEqual([])
})

it('serves files of the package, its own answers, and nothing beside', async () => {
  browser.route('/note', { body: 'hello', type: 'txt', headers: { 'x-note': '1' } })
  const get = async (path: string) => {
    const response = await fetch(browser.url(path))
    return { status: response.status, length: (await response.arrayBuffer()).byteLength, headers: response.headers }
  }
  expect(await get('/assets/sample.jpg')).toMatchObject({ status: 200 })
  expect((await get('/note')).headers.get('x-note')).toBe('1')
  expect((await get('/assets/%2e%2e/package.json')).status).toBe(404)
  expect((await get('/assets/..%2fpackage.json')).status).toBe(404)
  expect((await get('/nothing')).status).toBe(404)
  expect(browser.server().requests).toContain('/nothing')
})
