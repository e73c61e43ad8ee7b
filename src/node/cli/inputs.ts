// Which pictures a command is to work on: files, folders, globs, lists and stdin, and where each one's results go.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, relative, sep } from 'node:path'
import { IsobathError } from '../../runtime/error.ts'
import { UsageError } from './common.ts'

export interface Input {
  /** The file, or `stdin`. */
  path: string
  /** The place of its results below the output's folder, without an ending. */
  name: string
  /** What was read, of stdin. */
  bytes?: Uint8Array
}

/** Endings of what folders are searched for; a file that is named is taken whatever its ending. */
export const imageExtensions = ['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff', '.gif', '.heic', '.heif']

const slashes = (path: string) => (sep === '\\' ? path.replaceAll('\\', '/') : path)
const isGlob = (text: string) => /[*?{[]/.test(text)
const stat = (path: string) => statSync(path, { throwIfNoEntry: false })
const withoutEnding = (path: string) => path.slice(0, path.length - extname(path).length)

/** Files below a folder, those of a folder before those of the next, both by name. What begins with a dot is left out. */
function* filesBelow(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter((e) => !e.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const e of entries) {
    const path = join(folder, e.name)
    if (e.isDirectory()) yield* filesBelow(path)
    else if (e.isFile() || (e.isSymbolicLink() && stat(path)?.isFile())) yield path
  }
}

/** `*` and `?` within a name, `**` over folders, `{a,b}` and `[abc]` as a regular expression over the whole path. */
export function globPattern(glob: string): RegExp {
  let depth = 0
  const source = slashes(glob).replace(/\*\*\/|\*\*|[*?{},]|\[[^\]]*\]|[\\^$.|+()[\]]/g, (m) => {
    if (m === '**/') return '(?:.*/)?'
    if (m === '**') return '.*'
    if (m === '*') return '[^/]*'
    if (m === '?') return '[^/]'
    if (m === '{') {
      depth++
      return '(?:'
    }
    if (m === '}' && depth) {
      depth--
      return ')'
    }
    if (m === ',' && depth) return '|'
    if (m.startsWith('[') && m.length > 1) return m.replace(/^\[!/, '[^')
    return m === ',' ? m : `\\${m}`
  })
  return new RegExp(`^${source}$`)
}

/** Files that match a glob, with the folder in front of its first pattern. */
function fromGlob(glob: string): { base: string; files: string[] } {
  const parts = slashes(glob).split('/')
  const fixed = parts.slice(0, parts.findIndex(isGlob))
  const base = fixed.join('/') || (glob.startsWith('/') ? '/' : '.')
  if (!stat(base)?.isDirectory()) return { base, files: [] }
  const pattern = globPattern(base === '.' && !glob.startsWith('.') ? `./${glob}` : glob)
  const files = [...filesBelow(base)].filter((f) => pattern.test(base === '.' ? `./${slashes(f)}` : slashes(f)))
  return { base, files }
}

function fromArgument(argument: string, extensions: readonly string[]): Input[] {
  const found = stat(argument)
  const below = (folder: string, files: string[]) =>
    files.map((path) => ({ path, name: withoutEnding(relative(folder, path)) }))
  const known = (path: string) => extensions.includes(extname(path).toLowerCase())
  if (found?.isDirectory()) {
    const files = [...filesBelow(argument)].filter(known)
    if (!files.length)
      throw new IsobathError('input', `the folder "${argument}" holds no file of these: ${extensions.join(', ')}`)
    return below(argument, files)
  }
  if (!found && isGlob(argument)) {
    const { base, files } = fromGlob(argument)
    if (!files.length) throw new IsobathError('input', `no file matches "${argument}"`)
    return below(base, files.filter(known).length ? files.filter(known) : files)
  }
  return below(dirname(argument), [argument])
}

/** The lines of a list, without empty ones and those that begin with `#`. */
const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))

/** Files of a list keep their sub-folders below what they have in common. */
function fromList(text: string, from: string): Input[] {
  const files = linesOf(text)
  if (!files.length) throw new IsobathError('input', `the list ${from} is empty`)
  const folders = files.map((f) => slashes(dirname(f)).split('/'))
  let common = 0
  while (folders.every((f) => common < f.length && f[common] === folders[0][common])) common++
  const base = folders[0].slice(0, common).join('/') || (files[0].startsWith('/') ? '/' : '.')
  return files.map((path) => ({ path, name: withoutEnding(relative(base, path)) }))
}

/** Names that two inputs share are told apart by their endings; where that does not help, it is an error. */
function distinct(inputs: Input[]): Input[] {
  const count = (list: Input[]) => {
    const counts = new Map<string, number>()
    for (const { name } of list) counts.set(name, (counts.get(name) ?? 0) + 1)
    return counts
  }
  const seen = new Set<string>()
  const once = inputs.filter(({ path, bytes }) => bytes || (!seen.has(path) && seen.add(path)))
  const before = count(once)
  const named = once.map((i) => (before.get(i.name)! > 1 ? { ...i, name: i.name + extname(i.path) } : i))
  const after = count(named)
  const twice = named.find((i) => after.get(i.name)! > 1)
  if (!twice) return named
  const other = named.find((i) => i !== twice && i.name === twice.name)!
  throw new IsobathError(
    'input',
    `"${twice.path}" and "${other.path}" would have results of one name, "${twice.name}": give the folder that holds both, or run them apart`,
  )
}

/** Reads `i/n`: every n-th input, beginning with number i of 0 to n - 1. */
export function parseShard(text: string): [number, number] {
  const m = /^(\d+)\/(\d+)$/.exec(text)
  const [i, n] = m ? [Number(m[1]), Number(m[2])] : [0, 0]
  if (!(i < n)) throw new UsageError(`option --shard takes i/n with i from 0 to n - 1, not "${text}"`)
  return [i, n]
}

const readStdin = (): Buffer => {
  if (process.stdin.isTTY) throw new UsageError('stdin is a terminal: pipe an image or a list into it')
  return readFileSync(0)
}

export interface InputOptions {
  /** A file of paths, a line each; `-` is stdin. */
  list?: string
  shard?: string
}

/**
 * The inputs that arguments and options name, in a fixed order. An argument is a file, a folder (searched with those
 * below it), a glob, or `-` for the bytes of one image on stdin. Errors: `input` where there is nothing, bad usage
 * where nothing is named.
 */
export function findInputs(
  args: readonly string[],
  { list, shard }: InputOptions = {},
  extensions: readonly string[] = imageExtensions,
): Input[] {
  const part = shard === undefined ? undefined : parseShard(shard)
  if (!args.length && list === undefined) throw new UsageError('name a photo, a folder or a glob, or give --list')
  if (args.filter((a) => a === '-').length + (list === '-' ? 1 : 0) > 1)
    throw new UsageError('stdin can be read only once')
  const inputs = args.flatMap((a) =>
    a === '-' ? [{ path: 'stdin', name: 'stdin', bytes: readStdin() }] : fromArgument(a, extensions),
  )
  if (list !== undefined) {
    if (list !== '-' && !stat(list)?.isFile()) throw new IsobathError('input', `there is no list "${list}"`)
    inputs.push(...fromList(list === '-' ? readStdin().toString() : readFileSync(list, 'utf8'), `"${list}"`))
  }
  const all = distinct(inputs)
  return part ? all.filter((_, k) => k % part[1] === part[0]) : all
}
