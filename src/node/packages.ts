// Optional packages: loaded when they are needed, with the install command in the error where they are missing.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { IsobathError } from '../runtime/error.ts'

const PURPOSE = {
  webgpu: 'it brings WebGPU to Node',
  sharp: 'it reads photographs and writes colour images',
  commander: 'it reads the command line',
}

export type OptionalPackage = keyof typeof PURPOSE

/** Imports an optional package; a `dependency` error tells how to install it, or why it does not load. */
export async function importPackage<T>(name: OptionalPackage): Promise<T> {
  try {
    return (await import(name)) as T
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const absent = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${name}'`)
    const why = absent ? 'is not installed' : `does not load (${message.split('\n')[0]})`
    const way = absent ? `Install it with: npm install ${name}` : `Install it again with: npm install --force ${name}`
    throw new IsobathError('dependency', `the package "${name}" ${why}; ${PURPOSE[name]}. ${way}`, { cause })
  }
}

interface Manifest {
  name?: string
  version?: string
}

const readManifest = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8')) as Manifest

function* foldersAbove(): Generator<string> {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    yield folder
    const parent = dirname(folder)
    if (parent === folder) return
    folder = parent
  }
}

/** The version of an installed package, found as Node finds it from here; undefined where it is missing. */
export function packageVersion(name: string): string | undefined {
  for (const folder of foldersAbove()) {
    const file = join(folder, 'node_modules', name, 'package.json')
    if (existsSync(file)) return readManifest(file).version
  }
  return undefined
}

/** The version of this package. */
export function ownVersion(): string {
  for (const folder of foldersAbove()) {
    const file = join(folder, 'package.json')
    if (!existsSync(file)) continue
    const manifest = readManifest(file)
    if (manifest.name === 'isobath') return manifest.version ?? '0'
  }
  return '0'
}
