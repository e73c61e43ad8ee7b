// Which prediction belongs to which truth: by path, else by name.
import { readFileSync, statSync } from 'node:fs'
import { basename, extname, relative, sep } from 'node:path'
import { IsobathError } from '../../runtime/error.ts'
import { findInputs, type Input } from '../cli/inputs.ts'

export interface Pair {
  /** What both are called. */
  name: string
  /** A prediction or a photo. */
  file: string
  truth: string
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile()

/** `a/b.depth16.png` and `a/b.png` are both `a/b`; inputs of one name keep their endings in it. */
const keyOf = ({ name, path }: Input) =>
  (name.endsWith(extname(path)) ? name.slice(0, name.length - extname(path).length) : name)
    .replaceAll(sep, '/')
    .replace(/\.(depth(16)?|side)$/, '')

/** Of the files that `isobath depth` makes of one photo, the most exact one that holds numbers. */
const ORDER = [/\.npy$/, /\.exr$/, /\.pfm$/, /\.npz$/, /\.depth16\.png$/, /(?<!\.depth|\.side)\.png$/]
const rank = ({ path }: Input) => {
  const k = ORDER.findIndex((end) => end.test(path))
  return k < 0 ? ORDER.length : k
}

const fail = (message: string): never => {
  throw new IsobathError('input', message)
}

/** The one file of each key; with more that are as exact nothing says which is meant. */
function byKey(inputs: readonly Input[], key: (i: Input) => string): Map<string, Input> | string {
  const map = new Map<string, Input>()
  for (const i of inputs) {
    const other = map.get(key(i))
    if (other && rank(other) === rank(i)) return `"${other.path}" and "${i.path}" would both be "${key(i)}"`
    if (!other || rank(i) < rank(other)) map.set(key(i), i)
  }
  return map
}

/**
 * Pairs the files below two folders, or two files. Every truth must have its partner unless `partial`; partners without
 * truth are left out.
 */
export function pairFiles(
  files: string,
  truths: string,
  extensions: { files: readonly string[]; truths: readonly string[] },
  partial = false,
): Pair[] {
  if (isFile(files) && isFile(truths)) {
    const [{ name }] = findInputs([files], {}, extensions.files)
    return [{ name: basename(name), file: files, truth: truths }]
  }
  const found = findInputs([files], {}, extensions.files)
  const wanted = findInputs([truths], {}, extensions.truths)
  const name = (i: Input) => basename(keyOf(i))
  // By path where at least one path is the same in both, else by name.
  const paths = new Set(found.map(keyOf))
  const key = wanted.some((t) => paths.has(keyOf(t))) ? keyOf : name
  const partners = byKey(found, key)
  const own = byKey(wanted, key)
  if (typeof partners === 'string') return fail(partners)
  if (typeof own === 'string') return fail(own)
  const pairs = [...own.values()].flatMap((t) => {
    const partner = partners.get(key(t))
    return partner ? [{ name: keyOf(t), file: partner.path, truth: t.path }] : []
  })
  if (!pairs.length)
    fail(
      `nothing in "${files}" has the name of a truth in "${truths}", as "${key(wanted[0])}"; say the pairs with --pairs`,
    )
  if (pairs.length < own.size && !partial) {
    const without = [...own.values()].find((t) => !partners.has(key(t)))!
    fail(
      `${own.size - pairs.length} of ${own.size} truths have no partner in "${files}", the first is ` +
        `"${relative('.', without.path)}"; --partial measures the others`,
    )
  }
  return pairs
}

/** Reads a list of pairs: a prediction or photo and its truth in each line, with a tab or spaces between. */
export function readPairs(list: string): Pair[] {
  if (!isFile(list)) fail(`there is no list "${list}"`)
  const lines = readFileSync(list, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'))
  if (!lines.length) fail(`the list "${list}" is empty`)
  return lines.map((line) => {
    const parts = line.includes('\t') ? line.split(/\t+/) : line.split(/\s+/)
    if (parts.length !== 2) fail(`"${list}" has in each line a file and its truth, not "${line}"`)
    return { name: parts[0].replace(/\.[^./\\]+$/, ''), file: parts[0], truth: parts[1] }
  })
}
