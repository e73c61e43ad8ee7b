/** @type {import('vite').UserConfig} */
export default {
  // A relative base lets the built page lie in any folder.
  base: './',
  build: { target: 'es2022' },
  // In development, too, the package names its network by an address beside its own modules.
  optimizeDeps: { exclude: ['isobath'] },
  // Only here, where `npm install` links the package to this checkout, outside of the example.
  server: { fs: { allow: ['../..'] } },
}
