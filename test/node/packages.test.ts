// The command line where optional packages are missing: dist/ copied to a place that has only the required ones.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scratch } from './files.ts'
import { reluModel } from './onnx.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const files = scratch()

mkdirSync(files.at('node_modules'))
cpSync(join(root, 'dist'), files.at('dist'), { recursive: true })
cpSync(join(root, 'package.json'), files.at('package.json'))
const install = (name: string) => symlinkSync(join(root, 'node_modules', name), files.at(`node_modules/${name}`), 'dir')
install('gl-matrix')

const isobath = (...args: string[]) =>
  spawnSync(process.execPath, [files.at('dist/cli.js'), ...args], { encoding: 'utf8', cwd: files.folder })

describe('without its optional packages the command line tells what to install', () => {
  it('commander', () => {
    const r = isobath('doctor')
    expect(r.stderr).toBe(
      'isobath: the package "commander" is not installed; it reads the command line. Install it with: npm install commander\n',
    )
    expect(r.status).toBe(1)
  })

  it('webgpu and sharp', () => {
    install('commander')
    const r = isobath('doctor')
    expect(r.stdout).toMatch(/adapter +none/)
    expect(r.stdout).toMatch(/the package "webgpu" is not installed; .*: npm install webgpu\n/)
    expect(r.stdout).toMatch(/"sharp" is not installed; .*: npm install sharp\n/)
    expect(r.status).toBe(1)
  })

  it('and still tells of models', () => {
    const r = isobath('info', files.put('relu.onnx', reluModel()), '-d', 'batch=2')
    expect(r).toMatchObject({ status: 0, stderr: '' })
    expect(r.stdout).toMatch(/ 1 dispatch, /)
  })
})
