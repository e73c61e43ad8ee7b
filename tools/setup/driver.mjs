// Sees to it that Dawn finds an adapter on Linux: where there is none, a software Vulkan driver (Mesa's lavapipe) is
// installed with apt, or the commands for it are printed.
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findSuite, readSources, sourceLike } from './apt.mjs'
import { excerpt, run, SetupError, say, step } from './shell.mjs'

const PACKAGES = ['mesa-vulkan-drivers', 'libvulkan1']
const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url))

/** `{ adapter }` (its description, or null) or `{ error }`, asked in a child process. */
export function askAdapter() {
  const r = run(process.execPath, [PROBE], { timeoutSeconds: 120 })
  const line = /^PROBE (.*)$/m.exec(r.stdout)
  if (line) return JSON.parse(line[1])
  return { error: `the question for an adapter failed: ${r.why || 'no answer'}\n${excerpt(r.stderr, 5)}` }
}

function readOs() {
  const text = fs.existsSync('/etc/os-release') ? fs.readFileSync('/etc/os-release', 'utf8') : ''
  const field = (name) => new RegExp(`^${name}="?([^"\\n]*)`, 'm').exec(text)?.[1] ?? ''
  return {
    ids: [field('ID'), ...field('ID_LIKE').split(' ')].filter(Boolean),
    codename: field('VERSION_CODENAME'),
    name: field('PRETTY_NAME') || 'this system',
  }
}

/**
 * What apt must do, as steps that can be printed or done: `{ write, content }` or `{ command }`. Debian 12's own Mesa
 * is too old for Dawn, so there it comes from backports, by the mirror that the sources name. Undefined where that
 * mirror cannot be told.
 */
export function aptPlan(codename, sources, exists = fs.existsSync) {
  const steps = []
  const target = []
  if (codename === 'bookworm') {
    const suite = 'bookworm-backports'
    target.push('-t', suite)
    if (!findSuite(sources, suite)) {
      const like = findSuite(sources, codename)
      if (!like) return undefined
      const names = [suite, `isobath-${suite}`].map((name) => `/etc/apt/sources.list.d/${name}.sources`)
      steps.push({ write: names.find((name) => !exists(name)) ?? names[1], content: sourceLike(like, suite) })
    }
  }
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3']
  steps.push({ command: ['apt-get', ...options, 'update'] })
  steps.push({ command: ['apt-get', ...options, 'install', '-y', '--no-install-recommends', ...target, ...PACKAGES] })
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

function doPlan(steps, sudo) {
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

const OTHER_SYSTEMS = [
  ['fedora', 'sudo dnf install mesa-vulkan-drivers vulkan-loader'],
  ['rhel', 'sudo dnf install mesa-vulkan-drivers vulkan-loader'],
  ['arch', 'sudo pacman -S vulkan-swrast vulkan-icd-loader'],
  ['suse', 'sudo zypper install libvulkan_lvp libvulkan1'],
  ['opensuse', 'sudo zypper install libvulkan_lvp libvulkan1'],
]

function instructions(os, plan) {
  const other = OTHER_SYSTEMS.find(([id]) => os.ids.includes(id))
  let how
  if (plan) how = `Run this, then try again:\n${printPlan(plan, true)}`
  else if (other) how = `Run this, then try again:\n  ${other[1]}`
  else if (os.codename === 'bookworm') {
    how =
      'apt has no source for bookworm main to take a mirror from. Add one for bookworm and one for\n' +
      `bookworm-backports under /etc/apt, then:\n${printPlan([{ command: ['apt-get', 'update'] }, { command: ['apt-get', 'install', '-t', 'bookworm-backports', ...PACKAGES] }], true)}`
  } else
    how = `Install a Vulkan driver and the Vulkan loader (for ${os.name}; Mesa's lavapipe is one, from version 25).`
  return `WebGPU finds no adapter here: it needs a Vulkan driver.\n${how}`
}

/** How to become root without a question: '' (we are), 'sudo', or undefined. */
function privilege() {
  if (process.getuid?.() === 0) return ''
  return run('sudo', ['-n', 'true'], { timeoutSeconds: 10 }).ok ? 'sudo' : undefined
}

export function setUpDriver() {
  if (process.platform !== 'linux') return
  const before = askAdapter()
  if (before.adapter) return
  if (before.error) throw new SetupError(`WebGPU does not start: ${before.error}`)

  const os = readOs()
  const hasApt = fs.existsSync('/usr/bin/apt-get') && os.ids.some((id) => id === 'debian' || id === 'ubuntu')
  const plan = hasApt ? aptPlan(os.codename, readSources()) : undefined
  const root = privilege()
  if (!plan || root === undefined || process.env.ISOBATH_NO_INSTALL) throw new SetupError(instructions(os, plan))

  say(
    `WebGPU finds no adapter here. A software Vulkan driver (Mesa's lavapipe) is installed now, with the commands\n${printPlan(plan, root === 'sudo')}\n  (ISOBATH_NO_INSTALL=1 keeps the set-up from doing so.)`,
  )
  doPlan(plan, root === 'sudo')

  const after = askAdapter()
  if (after.adapter) return say(`adapter: ${after.adapter}`)
  const settings = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_LOADER_DRIVERS_SELECT'].filter((k) => process.env[k])
  throw new SetupError(
    `The driver is installed, but WebGPU still finds no adapter${after.error ? `: ${after.error}` : '.'}` +
      (settings.length ? ` The environment sets ${settings.join(', ')}; try without.` : '') +
      '\nIt may be too old (Mesa 25 is known to work). `vulkaninfo --summary` (package vulkan-tools) shows what Vulkan finds.',
  )
}
