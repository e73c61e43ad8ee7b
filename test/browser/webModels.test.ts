// fetchModel in a browser: one buffer, progress, abort, hashes, external data, and the store that works offline.
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { fromNumbers, type Tensor } from '../../src/runtime/tensor.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'
import { toyModel } from '../node/onnx.ts'
import { type ModulePage, openBrowser } from './harness.ts'

type Page = typeof import('./pages/webModels.ts')

const browser = openBrowser({ headers: { 'content-security-policy': "default-src 'self'; script-src 'self'" } })
let page: ModulePage<Page>
browser.beforeAll(async () => {
  page = await browser.module<Page>('webModels')
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const COUNT = 40_000
const model = writeOnnx({
  nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
  inputs: [{ name: 'x', shape: [1] }],
  outputs: [{ name: 'y', shape: [COUNT] }],
  constants: { w: { shape: [COUNT], values: Array.from({ length: COUNT }, (_, i) => i) } },
})
const hash = sha256(model)
const feeds = { x: fromNumbers('float32', [1], [0.5]) }

let served = 0
/** Counts requests of a model, which may be answered or not. */
function serve(path: string, bytes: Uint8Array) {
  const state = { online: true, requests: 0 }
  browser.route(path, () => {
    state.requests++
    return state.online ? { body: bytes } : { body: 'gone', status: 503 }
  })
  return state
}
const newPath = () => `/models/${served++}.onnx`

beforeEach(async () => page.call('clear'))

describe('a download', () => {
  it('lands in one buffer of its size, tells its progress, and runs', async () => {
    const path = newPath()
    serve(path, model)
    const { bytes, buffer, progress, outputs } = await page.call('get', path, {}, feeds)
    expect({ bytes, buffer }).toEqual({ bytes: model.length, buffer: model.length })
    expect(progress.at(-1)).toEqual({ url: browser.url(path), done: model.length, total: model.length, cached: false })
    expect(progress.every((p, i) => i === 0 || p.done > progress[i - 1].done)).toBe(true)
    expect(Array.from(outputs!.y.data as Float32Array).slice(-2)).toEqual([COUNT - 1.5, COUNT - 0.5])
    expect(await page.call('list')).toEqual([])
  })

  it('grows where the server tells no size', async () => {
    const path = newPath()
    browser.route(path, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      for (let at = 0; at < model.length; at += 50_000) response.write(model.subarray(at, at + 50_000))
      response.end()
      return undefined
    })
    const { bytes, progress, error } = await page.call('get', path, { sha256: hash.toUpperCase() })
    expect({ bytes, error }).toEqual({ bytes: model.length, error: undefined })
    expect(progress.at(-1)).toMatchObject({ done: model.length, total: undefined })
  })

  it('ends where it is aborted, and leaves nothing', async () => {
    const path = newPath()
    let closed = false
    browser.route(path, (_, response) => {
      response.on('close', () => {
        closed = true
      })
      response.writeHead(200, { 'content-length': String(model.length) })
      response.write(model.subarray(0, 1000))
      return undefined
    })
    expect(await page.call('get', path, { cache: true, abortAfter: 1 })).toMatchObject({ error: 'AbortError: enough' })
    for (let i = 0; i < 50 && !closed; i++) await delay(20)
    expect(closed).toBe(true)
    expect(await page.call('list')).toEqual([])
  })

  it('that breaks off, is refused, or gives another file is told', async () => {
    const path = newPath()
    browser.route(path, (_, response) => {
      response.writeHead(200, { 'content-length': String(model.length) })
      response.write(model.subarray(0, 1000), () => response.destroy())
      return undefined
    })
    const error = async (at: string, options = {}) => (await page.call('get', at, options)).error
    expect(await error(path, { cache: true })).toMatch(/^data: the download of http.* broke off: .*Try again$/)
    expect(await error('/models/none.onnx')).toMatch(/^data: http.* cannot be fetched: the server says 404/)
    const other = newPath()
    serve(other, model)
    const wrong = `${hash.slice(1)}0`
    expect(await error(other, { sha256: wrong })).toMatch(
      `its SHA-256 is ${hash}, and ${wrong} was expected. It is damaged, or has changed`,
    )
    const text = newPath()
    serve(text, new TextEncoder().encode('<!doctype html><title>Sign in</title>'))
    expect(await error(text)).toMatch(/^model: /)
    expect(await page.call('list')).toEqual([])
    expect(browser.takeErrors().length).toBeGreaterThan(0)
  })
})

describe('the store', () => {
  it('serves what was fetched with a hash, offline and from other addresses, and can be cleared', async () => {
    const path = newPath()
    const server = serve(path, model)
    await page.call('get', path, { sha256: hash })
    const [entry, ...others] = await page.call('list')
    expect(others).toEqual([])
    expect(entry).toMatchObject({ url: browser.url(path), sha256: hash, bytes: model.length })
    server.online = false
    const again = await page.call('get', path, { sha256: hash }, feeds)
    expect(again.progress).toEqual([{ url: browser.url(path), done: model.length, total: model.length, cached: true }])
    expect(again.outputs!.y.shape).toEqual([COUNT])
    expect((await page.call('get', '/mirror/of.onnx', { sha256: hash })).bytes).toBe(model.length)
    expect(server.requests).toBe(1)
    await page.call('clear', path)
    expect(await page.call('list')).toEqual([])
    expect((await page.call('get', path, { sha256: hash })).error).toMatch('the server says 503')
    browser.takeErrors()
  })

  it('keeps addresses without a hash only where asked', async () => {
    const [kept, not] = [newPath(), newPath()]
    const servers = [serve(kept, model), serve(not, model)]
    for (let i = 0; i < 2; i++) {
      await page.call('get', kept, { cache: true })
      await page.call('get', not)
    }
    expect(servers.map((s) => s.requests)).toEqual([1, 2])
    expect((await page.call('list')).map((e) => e.url)).toEqual([browser.url(kept)])
  })
})

/** y = x + a + b, of which both lie in other files. */
const external = toyModel({
  inputs: [{ name: 'x', shape: [1] }],
  outputs: [{ name: 'y', shape: [COUNT] }],
  nodes: [
    { op: 'Add', inputs: ['x', 'a'], outputs: ['t'] },
    { op: 'Mul', inputs: ['t', 'b'], outputs: ['y'] },
  ],
  weights: [
    { name: 'a', shape: [COUNT], external: { location: 'm.onnx_data', offset: 0, length: COUNT * 4 } },
    { name: 'b', shape: [COUNT], external: { location: 'm.onnx_data', offset: COUNT * 4, length: COUNT * 4 } },
  ],
})
const data = new Uint8Array(Float32Array.from({ length: 2 * COUNT }, (_, i) => (i < COUNT ? i : 2)).buffer)
const dataHash = sha256(data)
const right = (outputs: Record<string, Tensor> | undefined) => {
  const y = outputs!.y.data
  expect([y[0], y[7], y[COUNT - 1]]).toEqual([1, 15, 2 * COUNT - 1])
}

describe('external data', () => {
  it('is fetched from beside the model, and stored with it', async () => {
    serve('/e/m.onnx', external)
    const server = serve('/e/m.onnx_data', data)
    const options = { sha256: sha256(external), external: { 'm.onnx_data': { sha256: dataHash } } }
    const first = await page.call('get', '/e/m.onnx', options, feeds)
    right(first.outputs)
    expect(new Set(first.progress.map((p) => p.url))).toEqual(
      new Set([browser.url('/e/m.onnx'), browser.url('/e/m.onnx_data')]),
    )
    server.online = false
    const second = await page.call('get', '/e/m.onnx', options, feeds)
    right(second.outputs)
    expect(second.progress.every((p) => p.cached)).toBe(true)
    expect(await page.call('list')).toHaveLength(2)
  })

  it.each([
    ['and is right', dataHash, false],
    ['and is another', hash, true],
  ])('is loaded while it arrives, %s', async (what, sha256, bad) => {
    const folder = bad ? '/h' : '/g'
    serve(`${folder}/m.onnx`, external)
    let send = (_: number) => {}
    browser.route(`${folder}/m.onnx_data`, (_, response) => {
      response.writeHead(200, { 'content-length': String(data.length) })
      let sent = 0
      send = (to) => {
        response.write(data.subarray(sent, to))
        sent = to
        if (to === data.length) response.end()
      }
      send(1000)
      return undefined
    })
    await page.call('begin', `${folder}/m.onnx`, { external: { 'm.onnx_data': { sha256 } } }, feeds)
    send(COUNT * 5)
    expect(await page.call('isLoading')).toBe(true)
    send(data.length)
    const end = await page.call('finish')
    if (bad) return expect(end, what).toMatch(/^data: .* and .* was expected/)
    right(end as Record<string, Tensor>)
    // What is stored is read from disk, a piece at a time.
    right((await page.call('get', `${folder}/m.onnx`, { external: { 'm.onnx_data': { sha256 } } }, feeds)).outputs)
  })

  it('may lie elsewhere, and is refused where it is another', async () => {
    serve('/f/m.onnx', external)
    serve('/elsewhere/data', data)
    const at = (sha256?: string) => ({ external: { 'm.onnx_data': { url: '/elsewhere/data', sha256 } } })
    right((await page.call('get', '/f/m.onnx', at(), feeds)).outputs)
    expect((await page.call('get', '/f/m.onnx', at(hash), feeds)).error).toMatch(/^data: .* and .* was expected/)
  })
})

describe('a large model in one file', () => {
  const SIZE = 1024
  const names = ['a', 'b', 'c', 'd']
  /** y = x a b c d, which makes x 24-fold and turns it by four; each matrix has 4 MiB. */
  const large = toyModel({
    inputs: [{ name: 'x', shape: [1, SIZE] }],
    outputs: [{ name: 'd_', shape: [1, SIZE] }],
    nodes: names.map((name, i) => ({
      op: 'MatMul',
      inputs: [i ? `${names[i - 1]}_` : 'x', name],
      outputs: [`${name}_`],
    })),
    weights: names.map((name, i) => ({
      name,
      shape: [SIZE, SIZE],
      values: Array.from({ length: SIZE ** 2 }, (_, at) =>
        (Math.floor(at / SIZE) + 1) % SIZE === at % SIZE ? i + 1 : 0,
      ),
    })),
  })
  const ramp = {
    x: fromNumbers(
      'float32',
      [1, SIZE],
      Array.from({ length: SIZE }, (_, i) => i),
    ),
  }
  const largeHash = sha256(large)
  /** Its values are right, and of it no more was in memory than two tensors. */
  const isRight = ({ error, bytes, most, outputs }: Partial<Awaited<ReturnType<Page['get']>>>) => {
    expect(error).toBeUndefined()
    expect([...outputs!.d_.data]).toEqual([...ramp.x.data].map((_, i) => 24 * ((i + SIZE - 4) % SIZE)))
    expect(bytes).toBeLessThan(1000)
    expect(most).toBeGreaterThanOrEqual(4 * SIZE ** 2)
    expect(most).toBeLessThanOrEqual(8 * SIZE ** 2)
  }

  it('is stored as it arrives and read from there, offline too', async () => {
    const path = newPath()
    const server = serve(path, large)
    const first = await page.call('get', path, { sha256: largeHash }, ramp)
    isRight(first)
    expect(first.progress.at(-1)).toMatchObject({ done: large.length, total: large.length, cached: false })
    server.online = false
    const again = await page.call('get', path, { sha256: largeHash }, ramp)
    isRight(again)
    expect(again.progress).toEqual([{ url: browser.url(path), done: large.length, total: large.length, cached: true }])
  })

  it('that is not to be stored, or cannot be, is kept as a Blob', async () => {
    const path = newPath()
    const server = serve(path, large)
    isRight(await page.call('get', path, {}, ramp))
    await page.call('breakStore', 'at once')
    isRight(await page.call('get', path, { sha256: largeHash }, ramp))
    expect(server.requests).toBe(2)
    // A disk that turns out to be full costs a second download.
    await page.call('breakStore', 'later')
    isRight(await page.call('get', path, { sha256: largeHash }, ramp))
    expect(server.requests).toBe(4)
    await page.call('breakStore', 'no more')
    expect(await page.call('list')).toEqual([])
  })

  it('may come without a size', async () => {
    const path = newPath()
    browser.route(path, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      for (let at = 0; at < large.length; at += 3e6) response.write(large.subarray(at, at + 3e6))
      response.end()
      return undefined
    })
    isRight(await page.call('get', path, {}, ramp))
  })

  it('is refused where it is another, cut short, or none', async () => {
    const [other, cut, none] = [newPath(), newPath(), newPath()]
    serve(other, large)
    serve(cut, large.subarray(0, 12 * SIZE ** 2))
    serve(none, new Uint8Array(9 << 20).fill('<'.charCodeAt(0)))
    const error = async (at: string, options = {}) => (await page.call('get', at, options)).error
    expect(await error(other, { sha256: hash })).toMatch(/^data: .* and .* was expected/)
    expect(await error(none, { sha256: hash })).toMatch(/^data: .* and .* was expected/)
    expect(await page.call('list')).toEqual([])
    expect(await error(cut, { cache: true })).toMatch(/^model: .* is no ONNX model, or is cut short: .*within a value/)
    expect(await error(none)).toMatch(/^model: .* is no ONNX model, .* wire type/)
    // What is in the store is looked at as well.
    expect(await error(cut, { cache: true })).toMatch(/^model: .* is no ONNX model, or is cut short: .*within a value/)
  })

  it('is read from a file of the user, with the data beside it', async () => {
    serve('/own/large.onnx', large)
    serve('/own/m.onnx', external)
    serve('/own/m.onnx_data', data)
    isRight(await page.call('read', '/own/large.onnx', {}, ramp))
    const missing = page.call('read', '/own/m.onnx', {}, ramp)
    await expect(missing).rejects.toThrow('"m.onnx" keeps data in the file "m.onnx_data": give that file with it')
    const { outputs } = await page.call('read', '/own/m.onnx', { 'm.onnx_data': '/own/m.onnx_data' }, feeds)
    right(outputs)
  })
})
