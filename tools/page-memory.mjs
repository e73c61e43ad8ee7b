// What 300 frames of a video leave in the page's memory: JavaScript's heap after a collection, live buffers and textures
// of WebGPU with their bytes, and the resident memory of the browser's renderer and GPU processes.
// node tools/page-memory.mjs [FRAMES] [--size WIDTHxHEIGHT of the network]
import fs from 'node:fs'
import { openPage, shown } from './page/open.mjs'
import { recordVideo } from './page/record.mjs'

const frames = Number(process.argv[2] ?? 300)
const EVERY = 25
const size = process.argv.includes('--size') ? process.argv[process.argv.indexOf('--size') + 1] : '128x96'

/** Counts what lives on the device, in the page. */
function countResources() {
  const live = { buffers: 0, textures: 0, bytes: 0 }
  globalThis.liveResources = live
  const watch = (name, kind, bytesOf) => {
    const make = GPUDevice.prototype[name]
    GPUDevice.prototype[name] = function (...args) {
      const resource = make.apply(this, args)
      const bytes = bytesOf(resource)
      live[kind]++
      live.bytes += bytes
      let gone = false
      const destroy = resource.destroy
      resource.destroy = () => {
        if (!gone) {
          gone = true
          live[kind]--
          live.bytes -= bytes
        }
        destroy.call(resource)
      }
      return resource
    }
  }
  watch('createBuffer', 'buffers', (b) => b.size)
  watch('createTexture', 'textures', (t) => t.width * t.height * 4)
}

/** Resident bytes of a process, in MB. */
function resident(pid) {
  const line = fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)
  return line ? Number(line[1]) / 1024 : 0
}

const { page, browser, close } = await openPage({
  init: `(${countResources})()`,
  args: ['--js-flags=--expose-gc', '--enable-precise-memory-info'],
})
try {
  await shown(page)
  const [width, height] = size.split('x')
  await page.evaluate(() => {
    document.querySelector('#status').textContent = ''
  })
  await page.selectOption('#size', `${width} × ${height}`)
  // A recording that is made while kernels compile may hold no picture.
  await page.waitForFunction(() => /^Depth of/.test(document.querySelector('#status').textContent), null, {
    timeout: 120_000,
  })
  const video = Buffer.from(await page.evaluate(recordVideo, { width: 320, height: 240, frames: 24 }))
  await page.setInputFiles('#video-file', { name: 'square.webm', mimeType: 'video/webm', buffer: video })
  const devtools = await browser.newBrowserCDPSession()
  const processes = async (type) =>
    (await devtools.send('SystemInfo.getProcessInfo')).processInfo.filter((p) => p.type === type)
  console.log('frames  heap MB  buffers  textures  GPU MB  GPU process MB  renderer MB  fps')
  const rows = []
  for (let next = EVERY; next <= frames; next += EVERY) {
    await page.waitForFunction(
      (n) => {
        const term = [...document.querySelectorAll('#times dt')].find((e) => e.textContent === 'Frames shown')
        return Number(term?.nextElementSibling.textContent ?? 0) >= n
      },
      next,
      { timeout: 400_000, polling: 100 },
    )
    const { heap, live, fps } = await page.evaluate(() => {
      globalThis.gc()
      return {
        heap: performance.memory.usedJSHeapSize / 2 ** 20,
        live: globalThis.liveResources,
        fps: document.querySelector('#times dd').textContent,
      }
    })
    const rss = async (type) => (await processes(type)).reduce((n, p) => n + resident(p.id), 0)
    const row = [next, heap, live.buffers, live.textures, live.bytes / 2 ** 20, await rss('GPU'), await rss('renderer')]
    rows.push(row)
    console.log([...row.map((v) => (Number.isInteger(v) ? v : v.toFixed(2))), fps].join('  '))
  }
  const settled = rows.filter(([n]) => n >= 50)
  const [first, last] = [settled[0], settled[settled.length - 1]]
  const names = ['heap MB', 'buffers', 'textures', 'GPU MB', 'GPU process MB', 'renderer MB']
  console.log(`from frame ${first[0]} to ${last[0]}:`)
  for (const [i, name] of names.entries()) console.log(`  ${name}: ${(last[i + 1] - first[i + 1]).toFixed(2)}`)
} finally {
  await close()
}
