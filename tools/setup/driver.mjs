// Sees to it that Dawn finds an adapter on Linux: where there is none, a software Vulkan driver (Mesa's lavapipe) is
// installed with apt, or the commands for it are printed.
import { fileURLToPath } from 'node:url'
import { aptSteps, hasApt, installNow, printPlan, privilege, readOs } from './install.mjs'
import { excerpt, run, SetupError, say } from './shell.mjs'

const PACKAGES = ['mesa-vulkan-drivers', 'libvulkan1']
const PROBE = fileURLToPath(new URL('probe.mjs', import.meta.url))

/** `{ adapter }` (its description, or null) or `{ error }`, asked in a child process. */
export function askAdapter() {
  const r = run(process.execPath, [PROBE], { timeoutSeconds: 120 })
  const line = /^PROBE (.*)$/m.exec(r.stdout)
  if (line) return JSON.parse(line[1])
  return { error: `the question for an adapter failed: ${r.why || 'no answer'}\n${excerpt(r.stderr, 5)}` }
}

/**
 * What apt must do (see `aptSteps`). Debian 12's own Mesa is too old for Dawn, so there it comes from backports, by the
 * mirror that the sources name. Undefined where that mirror cannot be told.
 */
export function aptPlan(codename, sources, exists) {
  const backports = codename === 'bookworm' ? 'bookworm-backports' : undefined
  return aptSteps(PACKAGES, { backports, codename, sources, exists })
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

export function setUpDriver() {
  if (process.platform !== 'linux') return
  const before = askAdapter()
  if (before.adapter) return
  if (before.error) throw new SetupError(`WebGPU does not start: ${before.error}`)

  const os = readOs()
  const plan = hasApt(os) ? aptPlan(os.codename) : undefined
  const who = privilege()
  if (!plan || who === undefined || process.env.ISOBATH_NO_INSTALL) throw new SetupError(instructions(os, plan))

  const why =
    "WebGPU finds no adapter here. A software Vulkan driver (Mesa's lavapipe) is installed now, with the commands"
  installNow(why, plan, who)

  const after = askAdapter()
  if (after.adapter) return say(`adapter: ${after.adapter}`)
  const settings = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_LOADER_DRIVERS_SELECT'].filter((k) => process.env[k])
  throw new SetupError(
    `The driver is installed, but WebGPU still finds no adapter${after.error ? `: ${after.error}` : '.'}` +
      (settings.length ? ` The environment sets ${settings.join(', ')}; try without.` : '') +
      '\nIt may be too old (Mesa 25 is known to work). `vulkaninfo --summary` (package vulkan-tools) shows what Vulkan finds.',
  )
}
