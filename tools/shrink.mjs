// Shaders for the package: without comments, indentation and idle spaces, with short names for what only shaders name, and in
// an order that suits gzip. Lines stay where they are, so that a message of the compiler still names file:line of the
// repository.

import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The TypeScript that fills the shaders' holes: all sources. */
export function readHost() {
  const src = fileURLToPath(new URL('../src', import.meta.url))
  const files = fs.readdirSync(src, { recursive: true }).filter((file) => /(?<!\.gen|\.d)\.ts$/.test(file))
  return files.map((file) => fs.readFileSync(path.join(src, file), 'utf8')).join('\n')
}

/** Lines that the host reads by their form: bindings, constants, types and imports. */
const DECLARATION = /^(@group|override |alias |#import )/
/** What they declare, and functions on one line, which the host may replace. */
const HELD = /^(?:@group\(.* (\w+): .+|override (\w+).*|alias (\w+).*|fn (\w+)\(.*\})$/
const OWN = /^(?:fn|struct|const|var(?:<[^>]*>)?) (\w+)/
const LOCAL = /(?<!^)\b(?:let|const|var) (\w+)|(?<![\w>] *)\b(?!default:)([A-Za-z_]\w*):/gm
const STRUCT = /^struct \w+ \{[^}]*\}/gm
const MEMBER = /\b[A-Za-z_]\w*(?=:)/g
const SWIZZLE = /^[xyzwrgba]{1,4}$/
/** A word that is neither an attribute nor a member. */
const WORD = /(?<![@.\w])[A-Za-z_]\w*/g
const RESERVED = ['as', 'do', 'fn', 'if', 'of', 'main']

const union = (...sets) => new Set(sets.flatMap((set) => [...set]))

/** The names of a file: those that the host may fill, others of the module, those inside functions; members by structure. */
function namesOf(text) {
  const held = new Set()
  const own = new Set()
  for (const line of text.split('\n')) {
    const name = HELD.exec(line)?.slice(1).find(Boolean)
    if (name) held.add(name)
    else if (OWN.test(line)) own.add(OWN.exec(line)[1])
  }
  const local = new Set([...text.replace(STRUCT, '').matchAll(LOCAL)].map((m) => m[1] ?? m[2]))
  const structures = (text.match(STRUCT) ?? []).map((structure) => structure.match(MEMBER))
  const imports = [...text.matchAll(/^#import (\w+)/gm)].map((m) => m[1])
  return { text, words: new Set(text.match(WORD)), held, own, local, structures, imports }
}

function* shortNames(end) {
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']
  for (const a of ['', ...letters]) for (const b of letters) yield a + b + end
}

/** Names by how often they stand, each with the first short one that none of `takenBy(name)` holds, and that is shorter. */
function choose(names, takenBy, end) {
  const count = new Map()
  for (const name of names) count.set(name, (count.get(name) ?? 0) + 1)
  const chosen = new Map()
  for (const name of [...count.keys()].sort((a, b) => count.get(b) - count.get(a))) {
    const taken = takenBy(name)
    for (const short of shortNames(end(name))) {
      if (taken.some((set) => set.has(short))) continue
      for (const set of taken) set.add(short)
      if (short.length < name.length) chosen.set(name, short)
      break
    }
  }
  return chosen
}

/**
 * Sets `free` of each file: what gets a short name there. That is what the file or its imports declare, less what the host
 * means by the same word, and less what imported files want from the file that imports them.
 */
function findFree(files, isOfHost) {
  const fixed = (file) => union(file.held, RESERVED, [...file.own].filter(isOfHost))
  const wanted = (file) =>
    [...file.words].filter((word) => ![file.own, file.local, file.held].some((set) => set.has(word)))
  const imported = union(...[...files.values()].map((file) => file.imports))
  const wantedByAny = union(...[...imported].map((name) => wanted(files.get(name))))
  for (const file of files.values()) {
    const imports = file.imports.map((name) => files.get(name))
    const fixedHere = union(fixed(file), wantedByAny, ...imports.map(fixed))
    const names = union(file.own, file.local, ...imports.map((other) => other.own))
    file.free = new Set([...names].filter((name) => name.length > 1 && !fixedHere.has(name)))
    file.taken = union(
      RESERVED,
      [...file.words].filter((word) => !file.free.has(word)),
    )
  }
}

/** Gives names and members short ones, the same in all files. */
function rename(files, host, isOfHost) {
  findFree(files, isOfHost)
  const all = [...files.values()]
  const own = union(...all.map((file) => file.own))
  const ofModules = new Set(host)
  const stands = all.flatMap((file) => file.text.match(WORD).filter((word) => file.free.has(word)))
  const takenBy = (name) =>
    own.has(name) ? [ofModules] : all.filter((file) => file.free.has(name)).map((file) => file.taken)
  // Names of a module end in _, so that they are none of a function.
  const names = choose(stands, takenBy, (name) => (own.has(name) ? '_' : ''))

  const structures = all.flatMap((file) => file.structures).map((members) => ({ members, taken: new Set(members) }))
  const listed = structures.flatMap(({ members }) => members).filter((name) => !SWIZZLE.test(name))
  const inStructures = (name) => structures.filter(({ members }) => members.includes(name)).map(({ taken }) => taken)
  const members = choose(listed, inStructures, () => '')

  for (const file of all) {
    const shortOf = (word) => (file.free.has(word) && names.get(word)) || word
    const memberOf = (word) => members.get(word) ?? word
    const inStructure = (part) => part.replace(/\b[A-Za-z_]\w*\b(?!:)/g, shortOf).replace(MEMBER, memberOf)
    const parts = file.text.split(/^(struct \w+ \{[^}]*\}|#import .*)/gm)
    file.text = parts
      .map((part) => {
        if (part.startsWith('#import ')) return part
        if (part.startsWith('struct ')) return inStructure(part)
        return part.replace(WORD, shortOf).replace(/(?<=\.)[A-Za-z_]\w*/g, memberOf)
      })
      .join('')
  }
}

/** A line without idle spaces. Between signs they stay: `a - -b`. */
function tighten(line) {
  if (DECLARATION.test(line)) return line
  return line
    .replace(/ *([(){}[\],;:]) */g, '$1')
    .replace(/([\w)\].]) ?([-+*/%&|^<>=!]+) ?(?=[\w(.])/g, '$1$2')
    .replace(/\bvec([234])<([fiu])32>/g, 'vec$1$2')
}

/** Names of texts, each followed by the one whose text has most in common with it. */
function inOrder(texts) {
  const pieces = new Map()
  for (const [name, text] of texts) {
    const set = new Set()
    for (let i = 0; i + 8 <= text.length; i++) set.add(text.slice(i, i + 8))
    pieces.set(name, set)
  }
  const common = (a, b) => {
    let n = 0
    for (const piece of pieces.get(a)) if (pieces.get(b).has(piece)) n++
    return n
  }
  const [first, ...left] = texts.keys()
  const order = [first]
  while (left.length) {
    const shares = left.map((name) => common(name, order.at(-1)))
    order.push(...left.splice(shares.indexOf(Math.max(...shares)), 1))
  }
  return order
}

/**
 * Shaders and what they import, by name, smaller. `host`: the TypeScript that fills their holes.
 * @param {Record<string, string>} shaders
 * @param {string} host
 * @returns {Record<string, string>}
 */
export function shrink(shaders, host) {
  const code = host.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
  const words = new Set(code.match(/\w+/g))
  // Names that templates put together: `${name}_step`, `lanes_${combine}`.
  const ends = [...new Set(code.match(/(?<=\})_\w+/g))]
  const beginnings = [...new Set(code.match(/\b[A-Za-z]\w*_(?=\$\{)/g))]
  const isOfHost = (name) =>
    words.has(name) || ends.some((end) => name.endsWith(end)) || beginnings.some((start) => name.startsWith(start))
  const files = new Map(Object.entries(shaders).map(([name, wgsl]) => [name, namesOf(wgsl.replace(/ *\/\/.*/g, ''))]))
  rename(files, words, isOfHost)
  const small = (text) =>
    text
      .split('\n')
      .map((line) => tighten(line.trim()))
      .join('\n')
  const texts = new Map([...files].map(([name, { text }]) => [name, small(text)]))
  return Object.fromEntries(inOrder(texts).map((name) => [name, texts.get(name)]))
}

const TABLE = /(?<=^export const \w+(?:: [^=]*)? = \{\n)[\s\S]*?(?=^\})/gm
const ROW = /^ +'?([\w/]+)'?: (".*"),$/gm

/**
 * The same in a module, built or not: its tables of string literals.
 * @param {string} code
 * @param {string} host
 */
export function shrinkModule(code, host) {
  const rows = (text) => [...text.matchAll(ROW)]
  const small = shrink(Object.fromEntries(rows(code).map(([, name, text]) => [name, JSON.parse(text)])), host)
  return code.replace(TABLE, (table) => {
    const names = new Set(rows(table).map(([, name]) => name))
    const kept = Object.entries(small).filter(([name]) => names.has(name))
    return kept.map(([name, text]) => `  '${name}': ${JSON.stringify(text)},\n`).join('')
  })
}
