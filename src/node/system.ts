// The operating system, and what to install on it so that WebGPU finds an adapter.
import { readFileSync } from 'node:fs'
import { release } from 'node:os'

export interface System {
  platform: NodeJS.Platform
  arch: string
  /** A name for people: "Debian GNU/Linux 12 (bookworm)", or the platform and its release. */
  name: string
  /** On Linux: the identifiers of the distribution and of those that it is like. */
  ids: string[]
  /** On Linux: the version number of the distribution, 0 where it has none. */
  version: number
  /** The C library of this process on Linux: "2.36", or "musl". */
  glibc?: string
}

/** Reads the text of an os-release file (freedesktop.org's os-release(5)). */
export function parseOsRelease(text: string): Pick<System, 'name' | 'ids' | 'version'> {
  const field = (name: string) => new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(text)?.[1] ?? ''
  return {
    name: field('PRETTY_NAME') || field('NAME') || 'Linux',
    ids: [field('ID'), ...field('ID_LIKE').split(' ')].filter(Boolean),
    version: Number.parseFloat(field('VERSION_ID')) || 0,
  }
}

function readOsRelease(): string {
  for (const file of ['/etc/os-release', '/usr/lib/os-release'])
    try {
      return readFileSync(file, 'utf8')
    } catch {
      // The next file, or none.
    }
  return ''
}

/** What this process runs on. */
export function readSystem(): System {
  const { platform, arch } = process
  if (platform !== 'linux') return { platform, arch, name: `${platform} ${release()}`, ids: [], version: 0 }
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  return { platform, arch, ...parseOsRelease(readOsRelease()), glibc: report.header.glibcVersionRuntime ?? 'musl' }
}

/** Debian 12's own Mesa is too old for Dawn. The mirror is the one that the machine's apt sources name. */
const BACKPORTS = [
  "mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list* | head -n 1)",
  'echo "deb $mirror bookworm-backports main" | sudo tee /etc/apt/sources.list.d/bookworm-backports.list',
  'sudo apt-get update',
  'sudo apt-get install -t bookworm-backports mesa-vulkan-drivers libvulkan1',
]
const APT = ['sudo apt-get update', 'sudo apt-get install mesa-vulkan-drivers libvulkan1']
const OTHERS: [string, string][] = [
  ['fedora', 'sudo dnf install mesa-vulkan-drivers vulkan-loader'],
  ['rhel', 'sudo dnf install mesa-vulkan-drivers vulkan-loader'],
  ['arch', 'sudo pacman -S vulkan-swrast vulkan-icd-loader'],
  ['suse', 'sudo zypper install libvulkan_lvp libvulkan1'],
]

function linuxAdvice(system: System): string[] {
  if (system.glibc === 'musl')
    return ['Dawn, which brings WebGPU to Node, needs glibc; this system has musl. Use a Debian or Ubuntu image.']
  const [id] = system.ids
  const commands = ((): string[] => {
    if (id === 'debian' && system.version === 12) return BACKPORTS
    if ((id === 'debian' && system.version >= 13) || (id === 'ubuntu' && system.version >= 24)) return APT
    const other = OTHERS.find(([name]) => system.ids.includes(name))
    return other ? [other[1]] : []
  })()
  const start = commands.length
    ? ['A software driver (Mesa’s lavapipe) and the Vulkan loader come with:', ...commands.map((c) => `  ${c}`)]
    : ['Install the Vulkan loader and a Vulkan driver; Mesa’s lavapipe, which needs no GPU, works from version 25.']
  const variables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_LOADER_DRIVERS_SELECT'].filter((k) => process.env[k])
  return [
    ...start,
    'For a GPU install its vendor’s driver as well; in a container the driver’s Vulkan files must be visible',
    '(NVIDIA: start it with NVIDIA_DRIVER_CAPABILITIES=all).',
    ...(variables.length ? [`The environment sets ${variables.join(' and ')}: check what it names, or unset it.`] : []),
  ]
}

/** What to do on `system` where no adapter is found, as lines of text. */
export function adapterAdvice(system: System): string[] {
  if (system.platform === 'linux') return linuxAdvice(system)
  if (system.platform === 'darwin')
    return [
      'macOS brings Metal with it; a virtual machine without a Metal device, or a Mac from before 2012, has none.',
    ]
  if (system.platform === 'win32')
    return ['Install the GPU vendor’s current driver: Direct3D 12 is needed. In a virtual machine give it a GPU.']
  return [`WebGPU for Node exists for Linux, macOS and Windows, not for ${system.platform}.`]
}
