/** @type {import('vite').UserConfig} */
export default {
  base: './',
  build: { target: 'es2022' },
  worker: { format: 'es' },
  optimizeDeps: { exclude: ['isobath'] },
  // Only here, where `npm install` links the package to this checkout, outside of the example.
  server: { fs: { allow: ['../..'] } },
}
