// The catalogue of models: every card, and finding one by name or file.
import type { ModelCard, PublishedFile } from './card.ts'
import { depthAnything } from './depthAnything.ts'
import { fastdepth } from './fastdepth.ts'
import { isobathTiny } from './isobathTiny.ts'
import { metric } from './metric.ts'
import { midas } from './midas.ts'
import { monodepth } from './monodepth.ts'
import { pydnet } from './pydnet.ts'

export const modelCards: readonly ModelCard[] = [
  ...fastdepth,
  ...midas,
  ...depthAnything,
  ...monodepth,
  ...pydnet,
  ...metric,
  isobathTiny,
]

/** The card of that name; case and the kind of separator do not matter. */
export function findCard(name: string): ModelCard | undefined {
  const key = name.toLowerCase().replace(/[\s_.]+/g, '-')
  return modelCards.find((c) => c.name === key)
}

/**
 * The card of a model file by its name: a published file's own (its ending aside), else the longest card name that stands in it, whatever
 * the separators.
 */
export function cardOfFile(path: string): ModelCard | undefined {
  const file = path.replace(/^.*[\\/]/, '').toLowerCase()
  const stem = (name: string) => name.toLowerCase().replace(/\.[a-z]+$/, '')
  const published = modelCards.find((c) => c.files?.some((f) => stem(f.name) === stem(file)))
  if (published) return published
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return modelCards.filter((c) => plain(file).includes(plain(c.name))).sort((a, b) => b.name.length - a.name.length)[0]
}

/** The files of a card that can be fetched. */
export const publishedFiles = (card: ModelCard): PublishedFile[] =>
  (card.files ?? []).filter((f): f is PublishedFile => !!(f.url && f.bytes && f.sha256))
