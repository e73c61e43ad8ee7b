// The package as it would be published: what is in it, its exports and types, and that it runs without its optional
// packages. It reads dist/.
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { expect, it } from 'vitest'
import { makeProject, root } from './project.ts'

const project = makeProject()
const inside = project.at('node_modules/isobath')
const files = fs
  .readdirSync(inside, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => fs.statSync(path.join(inside, file)).isFile())
const manifest = JSON.parse(fs.readFileSync(path.join(inside, 'package.json'), 'utf8'))
const entries = Object.keys(manifest.exports).filter((name) => manifest.exports[name].types)

it('holds the built modules, the network and its papers, and nothing else', () => {
  const beside = files.filter((file) => !file.startsWith('dist/')).sort()
  expect(beside).toEqual([
    'LICENSE',
    'README.md',
    'assets/isobath-tiny.onnx',
    'docs/page.jpg',
    'docs/profiling.md',
    'docs/sample-depth.jpg',
    'package.json',
  ])
  expect(files.filter((file) => !/^dist\/.*(\.js|\.d\.ts)$/.test(file)).sort()).toEqual(beside)
  expect(manifest.sideEffects).toBe(false)
})

it('publint finds nothing', async () => {
  const { buffer } = new Uint8Array(fs.readFileSync(project.tarball))
  const { messages } = await publint({ pack: { tarball: buffer } })
  expect(messages).toEqual([])
})

it('its types are right for every way to resolve an ES module', async () => {
  const tarball = createPackageFromTarballData(new Uint8Array(fs.readFileSync(project.tarball)))
  const result = await checkPackage(tarball, { excludeEntrypoints: ['./isobath-tiny.onnx'] })
  expect(result.types).toMatchObject({ kind: 'included' })
  const problems = 'problems' in result ? result.problems : []
  // The package is ES modules with an exports map: CommonJS reads it by require(esm), and Node 10 not at all.
  const esm = problems.filter(
    (p) =>
      p.kind !== 'CJSResolvesToESM' && !('resolutionKind' in p && ['node10', 'node16-cjs'].includes(p.resolutionKind)),
  )
  expect(esm).toEqual([])
})

it('every entry is found and imports', () => {
  const names = entries.map((name) => path.posix.join('isobath', name))
  for (const name of ['', '/node', '/web', '/formats', '/profile']) expect(names).toContain(`isobath${name}`)
  const script = `
    for (const name of ${JSON.stringify(names)}) {
      const module = await import(name)
      console.log(name, Object.keys(module).length > 0)
    }`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: project.folder,
    encoding: 'utf8',
  })
  expect(said.trim().split('\n')).toEqual(names.map((name) => `${name} true`))
})

it.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])(
  'its declarations compile in a strict project, libraries checked: %s, resolved as %s',
  (module, moduleResolution) => {
    project.write(
      'use.ts',
      `import { createDepthEstimator, createEngine, type DepthMap, isobathTiny } from 'isobath'
import { openEngine, readDefaultModel } from 'isobath/node'
import { encodeNpy } from 'isobath/formats'
import { profileTrace } from 'isobath/profile'
import { estimateDepth, fetchModel } from 'isobath/web'

export async function estimate(): Promise<DepthMap> {
  const engine = await openEngine()
  const estimator = await createDepthEstimator(engine, readDefaultModel(), { card: isobathTiny })
  return estimator.estimate({ width: 2, height: 2, data: new Uint8Array(16) })
}
// @ts-expect-error: there is no such option
createEngine({ prescision: 'f32' })
export const used = [encodeNpy, estimateDepth, fetchModel, profileTrace]
`,
    )
    const options = { strict: true, noEmit: true, target: 'es2023', types: ['node'], module, moduleResolution }
    project.install('@types/node', 'undici-types')
    project.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['use.ts'] }))
    const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
    const r = spawnSync(process.execPath, [tsc, '-p', project.folder], { encoding: 'utf8' })
    expect(r.stdout).toBe('')
  },
)

it('the command estimates where its optional packages are installed, and names them where not', () => {
  const cli = path.join(inside, manifest.bin.isobath)
  const isobath = (...args: string[]) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: project.folder, encoding: 'utf8' })
  expect(isobath('depth', 'photo.jpg').stderr).toContain('npm install commander')
  project.install('commander', 'webgpu')
  const photo = path.join(root, 'assets/sample.jpg')
  expect(isobath('depth', photo, '-o', 'out').stderr).toContain('npm install sharp')
  // Without sharp: any model on arrays.
  const info = isobath('info', path.join(inside, 'assets/isobath-tiny.onnx'), '-d', 'height=32', '-d', 'width=32')
  expect(info.stderr).toBe('')
  expect(info.stdout).toContain('dispatches')
})
