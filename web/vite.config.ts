// The page: static files from web/ into web/dist, with relative addresses, so that any folder of any server serves them.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'
import { readHost, shrinkModule } from '../tools/shrink.mjs'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The package says of its modules that they have no side effects; those of the page and of the report have. */
const withSideEffects: Plugin = {
  name: 'with-side-effects',
  transform: (_, id) => (/\/(?:web|report)\/[^?]*\.[jt]s$/.test(id) ? { moduleSideEffects: true } : undefined),
}

const shortShaders: Plugin = {
  name: 'short-shaders',
  apply: 'build',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('shaders.gen.ts') ? shrinkModule(code, readHost()) : undefined),
}

export default defineConfig({
  root: here('.'),
  base: './',
  plugins: [withSideEffects, shortShaders],
  resolve: {
    alias: [
      { find: /^isobath$/, replacement: here('../src/index.ts') },
      { find: /^isobath\/(web|formats|profile)$/, replacement: here('../src/$1/index.ts') },
    ],
  },
  server: { fs: { allow: ['..'] } },
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: [here('index.html'), here('report.html')],
    },
  },
})
