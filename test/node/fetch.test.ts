import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cardOfFile, modelCards, publishedFiles } from '../../src/models/index.ts'
import { fetchPublished } from '../../src/node/files/fetch.ts'
import { scratch } from './files.ts'

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) & 255)
const files = scratch()
let asked = 0
const answers: Record<string, RequestListener> = {
  '/net': (_, response) => response.end(content),
  '/other': (_, response) => response.end(content.map((b) => b ^ 1)),
  '/longer': (_, response) => response.end(new Uint8Array(content.length + 1)),
  '/cut': (_, response) => response.end(content.subarray(0, 1000)),
  '/torn': (_, response) => {
    response.setHeader('content-length', content.length)
    response.write(content.subarray(0, 100_000), () => response.destroy())
  },
  '/gone': (_, response) => response.writeHead(404).end(),
}
const server = createServer((request, response) => {
  asked++
  answers[request.url!](request, response)
})

beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)))
afterAll(() => server.close())

const file = (at: string, name = 'net.onnx') => ({
  name,
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${at}`,
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
})

describe('fetchPublished', () => {
  it('writes the file, says how far it is, and asks once', async () => {
    const told: number[] = []
    const folder = files.at('new/folder')
    const got = await fetchPublished(file('/net'), folder, (done, total) => told.push(done / total))
    expect(got).toEqual({ path: `${folder}/net.onnx`, fetched: true })
    expect(Uint8Array.from(readFileSync(got.path))).toEqual(content)
    expect(told.at(-1)).toBe(1)
    const before = asked
    expect(await fetchPublished(file('/net'), folder)).toEqual({ path: got.path, fetched: false })
    expect(asked).toBe(before)
  })

  it.each([
    ['another file', '/other', /its SHA-256 is [0-9a-f]{64}, and [0-9a-f]{64} was expected/],
    ['a longer file', '/longer', /it is larger than 300000 bytes/],
    ['a shorter file', '/cut', /broke off after 1000 of 300000 bytes\. Try again/],
    ['a torn download', '/torn', /broke off after \d+ of 300000 bytes\. Try again/],
    ['no file', '/gone', /the server says 404 Not Found/],
  ])('refuses %s, and keeps nothing of it', async (_, at, message) => {
    const folder = files.at(at.slice(1))
    await expect(fetchPublished(file(at), folder)).rejects.toMatchObject({
      code: 'data',
      message: expect.stringMatching(message),
    })
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves another file of that name alone', async () => {
    const path = files.put('mine.onnx', 'my own')
    await expect(fetchPublished(file('/net', 'mine.onnx'), files.at('.'))).rejects.toMatchObject({ code: 'input' })
    expect(readFileSync(path, 'utf8')).toBe('my own')
  })

  it('says when there is no server', async () => {
    const nobody = { ...file('/net'), url: 'http://127.0.0.1:9/net' }
    await expect(fetchPublished(nobody, files.at('none'))).rejects.toThrow(
      /cannot be fetched \(.+\): is the network up/,
    )
    expect(existsSync(files.at('none/net.onnx'))).toBe(false)
  })
})

describe('published files', () => {
  it('have addresses that do not change, and names that tell their cards', () => {
    const all = modelCards.flatMap((card) => publishedFiles(card).map((f) => [card, f] as const))
    expect(all.length).toBeGreaterThan(2)
    for (const [card, { url, name }] of all) {
      expect(url).toMatch(
        /^https:\/\/(huggingface\.co\/.+\/resolve\/[0-9a-f]{40}\/|github\.com\/.+\/releases\/download\/)/,
      )
      expect(cardOfFile(name)).toBe(card)
    }
  })
})
