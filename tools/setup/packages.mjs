// Keeps node_modules in line with package-lock.json.
import fs from 'node:fs'
import path from 'node:path'
import { excerpt, root, run, SetupError, say, step } from './shell.mjs'

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/**
 * Why the installed packages differ from the lock file, or undefined where they agree. Optional packages (those of
 * other platforms) may be absent; npm writes node_modules/.package-lock.json last, so a broken installation lacks it.
 */
export function packagesDiffer(folder = root) {
  const wanted = readJson(path.join(folder, 'package-lock.json'))?.packages
  if (!wanted) throw new SetupError('package-lock.json is missing or broken: restore it from the repository.')
  const installed = readJson(path.join(folder, 'node_modules/.package-lock.json'))?.packages
  if (!installed) return 'no complete node_modules'
  for (const [where, pack] of Object.entries(wanted)) {
    if (where === '' || pack.link) continue
    const there = installed[where]
    if (!there) {
      if (pack.optional || pack.devOptional || pack.peer) continue
      return `${where} is not installed`
    }
    if (there.version !== pack.version) return `${where} is ${there.version}, the lock file says ${pack.version}`
    if (!fs.existsSync(path.join(folder, where, 'package.json'))) return `${where} is empty`
  }
  const extra = Object.keys(installed).find((where) => !wanted[where])
  return extra && `${extra} is not in the lock file`
}

/** npm, found through the one that started us if there is one. */
function npm(args) {
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return run(process.execPath, [script, ...args])
  return run('npm', args, { shell: process.platform === 'win32' })
}

export function setUpPackages() {
  const why = packagesDiffer()
  if (!why) return
  say(`packages: ${why}`)
  const r = step('npm ci', () => npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']))
  if (!r.ok) {
    throw new SetupError(
      `npm ci failed (${r.why}):\n${excerpt(`${r.stdout}${r.stderr}`)}\n` +
        'It needs npm and a way to the npm registry. Run `npm ci` by hand to see more; where package.json was\n' +
        'edited, `npm install` brings package-lock.json in line first.',
    )
  }
  const still = packagesDiffer()
  if (still) throw new SetupError(`npm ci ended well, but ${still}. Remove node_modules and try again.`)
}
