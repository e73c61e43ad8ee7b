// A static server for browser tests: folders and single answers under paths, with headers that a test chooses.
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  mp4: 'video/mp4',
  webm: 'video/webm',
}

export interface Reply {
  body: string | Uint8Array
  /** A file extension; `html` by default. */
  type?: string
  status?: number
  headers?: Record<string, string>
}

/** An answer, or a function that gives one or writes it by itself (then it returns nothing). */
export type Route =
  | Reply
  | ((request: http.IncomingMessage, response: http.ServerResponse) => Reply | undefined | Promise<Reply | undefined>)

export interface ServerOptions {
  /** URL prefix (`/assets/`) → folder; the longest prefix that fits is taken. */
  folders?: Record<string, string>
  /** Headers of every answer, as a Content-Security-Policy. */
  headers?: Record<string, string>
}

export interface TestServer {
  /** `http://127.0.0.1:PORT`, without a slash at its end: a secure context. */
  origin: string
  /** Paths asked for, in order. */
  requests: string[]
  /** Answers `path` (without a query) from now on. */
  route(path: string, route: Route): void
  close(): Promise<void>
}

function fileOf(folders: Record<string, string>, url: string): string | undefined {
  const prefix = Object.keys(folders)
    .filter((p) => url.startsWith(p))
    .sort((a, b) => b.length - a.length)[0]
  if (prefix === undefined) return undefined
  const folder = path.resolve(folders[prefix])
  const file = path.join(folder, url.slice(prefix.length) || 'index.html')
  if (!`${file}${path.sep}`.startsWith(folder + path.sep)) return undefined
  const found = fs.existsSync(file) && fs.statSync(file).isDirectory() ? path.join(file, 'index.html') : file
  return fs.existsSync(found) ? found : undefined
}

export async function serve({ folders = {}, headers = {} }: ServerOptions = {}): Promise<TestServer> {
  const routes = new Map<string, Route>()
  const requests: string[] = []

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname)
    requests.push(url)
    const route = routes.get(url)
    let reply = typeof route === 'function' ? await route(request, response) : route
    if (typeof route === 'function' && !reply) return
    const file = reply ? undefined : fileOf(folders, url)
    if (file) reply = { body: fs.readFileSync(file), type: path.extname(file).slice(1) }
    reply ??= { body: `nothing at ${url}`, status: 404 }
    response.writeHead(reply.status ?? 200, {
      'content-type': TYPES[reply.type ?? 'html'] ?? 'application/octet-stream',
      'content-length': Buffer.byteLength(reply.body),
      'cache-control': 'no-store',
      ...headers,
      ...reply.headers,
    })
    response.end(reply.body)
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(500)
      response.end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    route: (at, route) => void routes.set(at, route),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
