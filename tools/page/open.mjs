// The built page in a browser, for the tools that look at it.
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { browserFlags, findBrowser, howToGetBrowser } from '../setup/browser.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', jpg: 'image/jpeg' }

async function serve(folder) {
  const server = http.createServer(({ url }, response) => {
    const name = path.normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)).slice(1) || 'index.html'
    const file = path.join(folder, name)
    if (!fs.existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[path.extname(file).slice(1)] ?? 'application/octet-stream' })
    fs.createReadStream(file).pipe(response)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

/** Waits until depth is on the stage. */
export const shown = (page) =>
  page.waitForFunction(() => document.querySelector('#stage').dataset.depth === 'shown', null, { timeout: 180_000 })

/** Opens web/dist; `init` is a script that runs before the page's own. */
export async function openPage({ init, args = [] } = {}) {
  const dist = path.join(root, 'web/dist')
  if (!fs.existsSync(path.join(dist, 'index.html'))) throw new Error('web/dist is missing: run `npm run page:build`.')
  const executablePath = findBrowser()
  if (!executablePath) throw new Error(howToGetBrowser())
  const server = await serve(dist)
  const browser = await chromium.launch({
    executablePath,
    args: [...browserFlags, ...args],
    ignoreDefaultArgs: ['--disable-gpu'],
  })
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  page.on('pageerror', (error) => console.error(`error in the page: ${error.message}`))
  if (init) await page.addInitScript(init)
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  return {
    page,
    browser,
    close: async () => {
      await browser.close()
      server.close()
    },
  }
}
