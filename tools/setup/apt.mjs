// Reads apt's sources and writes the one for backports from them. Both formats: one-line .list and deb822 .sources.
import fs from 'node:fs'
import path from 'node:path'

/**
 * @typedef {object} Source  one enabled binary source
 * @property {string[]} uris
 * @property {string[]} suites
 * @property {string[]} components
 * @property {Record<string, string>} options  deb822 field names, lower case; values verbatim (they may have many lines)
 */

const OPTION_NAMES = { arch: 'architectures', lang: 'languages', target: 'targets' }

function parseList(text) {
  const sources = []
  for (const line of text.split('\n')) {
    const m = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
    if (!m) continue
    const options = {}
    for (const [, name, value] of (m[1] ?? '').matchAll(/([\w-]+)\+?=(\S+)/g)) {
      options[OPTION_NAMES[name] ?? name.toLowerCase()] = value.replaceAll(',', ' ')
    }
    sources.push({ uris: [m[2]], suites: [m[3]], components: m[4].split(/\s+/).filter(Boolean), options })
  }
  return sources
}

function parseDeb822(text) {
  const sources = []
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  for (const stanza of lines.join('\n').split(/\n\s*\n/)) {
    const fields = {}
    let name
    for (const line of stanza.split('\n')) {
      const m = /^([\w-]+):\s*(.*)$/.exec(line)
      if (m) {
        name = m[1].toLowerCase()
        fields[name] = m[2]
      } else if (name && /^\s/.test(line)) fields[name] += `\n${line}`
    }
    const { types = '', uris = '', suites = '', components = '', enabled = 'yes', ...options } = fields
    const words = (s) => s.split(/\s+/).filter(Boolean)
    if (!words(types).includes('deb') || /^(no|false|off|0)$/i.test(enabled.trim())) continue
    sources.push({ uris: words(uris), suites: words(suites), components: words(components), options })
  }
  return sources
}

/** @returns {Source[]} */
export function parseSources(text, fileName) {
  return fileName.endsWith('.sources') ? parseDeb822(text) : parseList(text)
}

/** All enabled sources under /etc/apt. @returns {Source[]} */
export function readSources(folder = '/etc/apt') {
  const parts = path.join(folder, 'sources.list.d')
  const names = fs.existsSync(parts) ? fs.readdirSync(parts).sort() : []
  const files = [path.join(folder, 'sources.list'), ...names.map((name) => path.join(parts, name))]
  return files
    .filter((file) => /\.(list|sources)$/.test(file) && fs.existsSync(file))
    .flatMap((file) => parseSources(fs.readFileSync(file, 'utf8'), file))
}

/** The source of a suite's main component from a mirror (not from a disc). @returns {Source | undefined} */
export function findSuite(sources, suite) {
  return sources.find(
    (s) => s.suites.includes(suite) && s.components.includes('main') && s.uris.some((uri) => !uri.startsWith('cdrom:')),
  )
}

/** The deb822 text of a source for `suite` from the same mirror, trusted by the same keys, as `like`. */
export function sourceLike(like, suite) {
  const title = (name) => name.replace(/(^|-)([a-z])/g, (_, dash, letter) => dash + letter.toUpperCase())
  const lines = [
    'Types: deb',
    `URIs: ${like.uris.filter((uri) => !uri.startsWith('cdrom:')).join(' ')}`,
    `Suites: ${suite}`,
    'Components: main',
    ...Object.entries(like.options).map(([name, value]) => `${title(name)}: ${value}`),
  ]
  return `${lines.join('\n')}\n`
}
