// Tests in a real browser: one Chromium a test file, on SwiftShader where there is no GPU. A page's errors, uncaptured
// errors of WebGPU among them, fail the test that is running. Pages are bundled from the sources, so that no build is
// needed: `isobath` and its entries mean src/.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, type TestContext } from 'vitest'
import { browserFlags, findBrowser, howToGetBrowser } from '../../tools/setup/browser.mjs'
import { type Route, type ServerOptions, serve, type TestServer } from './server.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** What `import … from 'isobath'` means in a page. */
const ENTRIES = {
  isobath: 'src/index.ts',
  'isobath/web': 'src/web/index.ts',
  'isobath/formats': 'src/formats/index.ts',
  'isobath/profile': 'src/profile/index.ts',
}

/** Runs before a page's scripts: what WebGPU reports to nobody becomes an error of the console. */
const REPORT_GPU_ERRORS = `{
  const request = globalThis.GPUAdapter?.prototype.requestDevice
  if (request) GPUAdapter.prototype.requestDevice = async function (...args) {
    const device = await request.apply(this, args)
    device.addEventListener('uncapturederror', (e) => console.error('WebGPU: ' + e.error.message))
    return device
  }
}`

export interface PageOptions {
  /** Errors that the test means to cause. */
  allow?: RegExp[]
  /** Width and height in CSS pixels; 1280 × 720 by default. */
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  /** A script that runs before the page's own. */
  init?: string
}

/** A page whose script is a module of test/browser/pages/; its exports are called by name. */
export interface ModulePage<T> {
  page: Page
  /** Calls an export in the page; arguments and results are copied, typed arrays included. */
  call<K extends keyof T & string>(
    name: K,
    ...args: T[K] extends (...a: infer A) => unknown ? A : never
  ): Promise<T[K] extends (...a: any[]) => infer R ? Awaited<R> : never>
}

export interface BrowserTests {
  /** The server's address of a path. */
  url(path: string): string
  server(): TestServer
  route(path: string, route: Route): void
  /**
   * Opens a path in a context of its own, which shares no storage with others. It ends with the test, or with the file
   * where it was opened before a test.
   */
  open(path: string, options?: PageOptions): Promise<Page>
  /** Runs before the tests of the file, where there is a browser: pages that several of them use are opened here. */
  beforeAll(prepare: () => Promise<void>, timeout?: number): void
  /** The errors reported so far, which then no longer fail the test: for tests that mean to cause some. */
  takeErrors(): string[]
  /** Opens an empty page that runs test/browser/pages/`name`.ts. */
  module<T>(name: string, options?: PageOptions): Promise<ModulePage<T>>
}

/** The text of an ES module made of `file` and what it imports, from the sources. */
export async function bundle(file: string, options: { minify?: boolean } = {}): Promise<string> {
  const result = await build({
    entryPoints: [path.resolve(root, file)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    alias: Object.fromEntries(Object.entries(ENTRIES).map(([name, at]) => [name, path.join(root, at)])),
    sourcemap: options.minify ? false : 'inline',
    logLevel: 'silent',
    ...options,
  })
  return result.outputFiles[0].text
}

/**
 * Declares the set-up and the end of a test file's browser and server; call it at the top of a file or of a `describe`.
 * Without a browser every test of it is skipped, and the console says how to get one.
 */
export function openBrowser(options: ServerOptions = {}): BrowserTests {
  const executablePath = findBrowser()
  if (!executablePath) console.warn(howToGetBrowser())
  let browser: Browser | undefined
  let server: TestServer | undefined
  let inTest = false
  const errors: string[] = []
  const openedInTest: Page[] = []

  beforeAll(async () => {
    server = await serve({ ...options, folders: { '/assets/': path.join(root, 'assets'), ...options.folders } })
    if (!executablePath) return
    browser = await chromium.launch({
      executablePath,
      args: browserFlags,
      ignoreDefaultArgs: ['--disable-gpu'],
    })
  })
  beforeEach((test: TestContext) => {
    inTest = true
    if (!executablePath) test.skip('no Chromium or Chrome')
  })
  afterEach(async () => {
    inTest = false
    for (const page of openedInTest.splice(0)) await page.context().close()
    const reported = errors.splice(0)
    if (reported.length) throw new Error(`the browser reports:\n${reported.join('\n')}`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const url = (at: string) => `${server!.origin}${at}`

  async function open(at: string, { allow = [], init, ...contextOptions }: PageOptions = {}): Promise<Page> {
    const context = await browser!.newContext(contextOptions)
    const page = await context.newPage()
    if (inTest) openedInTest.push(page)
    const report = (text: string) => {
      if (!allow.some((pattern) => pattern.test(text))) errors.push(text)
    }
    page.on('pageerror', (error) => report(error.stack || String(error)))
    page.on('crash', () => report('the page crashed'))
    page.on('console', (message) => {
      // A browser asks for an icon by itself.
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico'))
        report(`${message.text()} (${message.location().url})`)
    })
    await page.addInitScript(REPORT_GPU_ERRORS)
    if (init) await page.addInitScript(init)
    await page.goto(url(at))
    return page
  }

  async function module<T>(name: string, pageOptions?: PageOptions): Promise<ModulePage<T>> {
    const at = `/pages/${name}`
    server!.route(`${at}.js`, { body: await bundle(`test/browser/pages/${name}.ts`), type: 'js' })
    server!.route(`${at}.start.js`, { body: `import * as m from './${name}.js'\nglobalThis.module = m\n`, type: 'js' })
    server!.route(at, {
      body: `<!doctype html><meta charset="utf-8"><title>${name}</title><script type="module" src="${at}.start.js"></script>`,
    })
    const page = await open(at, pageOptions)
    // A function, and not text: a Content-Security-Policy without eval holds for tests as well.
    await page.waitForFunction(() => !!(globalThis as any).module)
    return {
      page,
      call: (export_: string, ...args: unknown[]) =>
        page.evaluate(([called, list]) => (globalThis as any).module[called](...list), [export_, args] as const),
    } as ModulePage<T>
  }

  return {
    url,
    server: () => server!,
    route: (at, route) => server!.route(at, route),
    open,
    module,
    beforeAll: (prepare, timeout) => beforeAll(() => (executablePath ? prepare() : undefined), timeout),
    takeErrors: () => errors.splice(0),
  }
}
