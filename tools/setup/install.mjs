// What the set-up needs to install something of the system: which system it is, who we are, and apt's commands, which
// are printed or run.
import fs from 'node:fs'
import { findSuite, readSources, sourceLike } from './apt.mjs'
import { excerpt, run, SetupError, say, step } from './shell.mjs'

export function readOs() {
  const text = fs.existsSync('/etc/os-release') ? fs.readFileSync('/etc/os-release', 'utf8') : ''
  const field = (name) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(text)?.[1] ?? ''
  return {
    ids: [field('ID'), ...field('ID_LIKE').split(' ')].filter(Boolean),
    codename: field('VERSION_CODENAME'),
    name: field('PRETTY_NAME') || 'this system',
  }
}

export const hasApt = (os) =>
  fs.existsSync('/usr/bin/apt-get') && os.ids.some((id) => id === 'debian' || id === 'ubuntu')

/**
 * What apt must do to install packages, as steps that can be printed or done: `{ write, content }` or `{ command }`.
 * Where they must come from `backports` (a suite's name), and no source names it, one is added by the mirror of
 * `codename`. Undefined where that mirror cannot be told.
 */
export function aptSteps(packages, { backports, codename, sources = readSources(), exists = fs.existsSync } = {}) {
  const steps = []
  if (backports && !findSuite(sources, backports)) {
    const like = findSuite(sources, codename)
    if (!like) return undefined
    const names = [backports, `isobath-${backports}`].map((name) => `/etc/apt/sources.list.d/${name}.sources`)
    steps.push({ write: names.find((name) => !exists(name)) ?? names[1], content: sourceLike(like, backports) })
  }
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
  const target = backports ? ['-t', backports] : []
  steps.push({ command: ['apt-get', ...options, 'update'] })
  steps.push({ command: ['apt-get', ...options, 'install', '-y', '--no-install-recommends', ...target, ...packages] })
  return steps
}

/** The steps as shell lines; `sudo` is put before each where asked. Not indented, for the sake of the here-document. */
export function printPlan(steps, sudo) {
  const prefix = sudo ? 'sudo ' : ''
  const lines = steps.map((s) =>
    s.write ? `${prefix}tee ${s.write} >/dev/null <<'EOF'\n${s.content}EOF` : `${prefix}${s.command.join(' ')}`,
  )
  return `\n${lines.join('\n')}\n`
}

export function doPlan(steps, sudo) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'a' }
  for (const s of steps) {
    if (s.write && !sudo) {
      fs.writeFileSync(s.write, s.content)
      continue
    }
    const command = s.write ? ['tee', s.write] : s.command
    const prefix = sudo ? ['sudo', '-n', 'env', ...Object.entries(env).map(([k, v]) => `${k}=${v}`)] : []
    const [program, ...args] = [...prefix, ...command]
    const what = s.write ? `write ${s.write}` : `apt-get ${s.command.includes('update') ? 'update' : 'install'}`
    const r = step(what, () => run(program, args, { env, input: s.content }))
    if (!r.ok) throw new SetupError(`${what} failed (${r.why}):\n${excerpt(`${r.stdout}${r.stderr}`)}`)
  }
}

/** Says what is installed and why, and does it. `privilege` is the result of the function of that name. */
export function installNow(why, steps, privilege) {
  const sudo = privilege === 'sudo'
  say(`${why}\n${printPlan(steps, sudo)}\n  (ISOBATH_NO_INSTALL=1 keeps the set-up from doing so.)`)
  doPlan(steps, sudo)
}

/** How to become root without a question: '' (we are), 'sudo', or undefined. */
export function privilege() {
  if (process.getuid?.() === 0) return ''
  return run('sudo', ['-n', 'true'], { timeoutSeconds: 10 }).ok ? 'sudo' : undefined
}
