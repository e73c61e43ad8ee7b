// The package as npm packs it, unpacked in a project of its own, for tests of what users get.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Runs `npm pack` on what was built; returns the tarball's path. */
function pack(folder: string): string {
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, process.env.npm_execpath]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
  const [program, ...before] = npm
  const args = [...before, 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder]
  const name = execFileSync(program, args, { cwd: root, encoding: 'utf8' }).trim().split('\n').at(-1)!
  return path.join(folder, name)
}

export interface Project {
  folder: string
  /** The package's file, as it would be published. */
  tarball: string
  at(...parts: string[]): string
  write(name: string, text: string): string
  /** Links packages of this checkout into the project. */
  install(...names: string[]): void
}

/** A folder with the packed package and what it depends on, as npm installs them; removed after the tests of the file. */
export function makeProject(): Project {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'isobath-project-'))
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
  const at = (...parts: string[]) => path.join(folder, ...parts)
  const tarball = pack(folder)
  fs.mkdirSync(at('node_modules/isobath'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', at('node_modules/isobath')])
  const project: Project = {
    folder,
    tarball,
    at,
    write(name, text) {
      fs.mkdirSync(path.dirname(at(name)), { recursive: true })
      fs.writeFileSync(at(name), text)
      return at(name)
    },
    install(...names) {
      for (const name of names) {
        fs.mkdirSync(path.dirname(at('node_modules', name)), { recursive: true })
        if (!fs.existsSync(at('node_modules', name)))
          fs.symlinkSync(path.join(root, 'node_modules', name), at('node_modules', name), 'dir')
      }
    },
  }
  project.write('package.json', JSON.stringify({ private: true, type: 'module' }))
  const { dependencies } = JSON.parse(fs.readFileSync(at('node_modules/isobath/package.json'), 'utf8'))
  project.install(...Object.keys(dependencies))
  return project
}
