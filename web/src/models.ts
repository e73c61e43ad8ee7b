// The networks that can be chosen: the one that comes with the page, published ones, and the user's own files.
import {
  type CardOptions,
  cardOfFile,
  defaultModelUrl,
  guessCard,
  inspect,
  isobathTiny,
  type ModelCard,
  type ModelInfo,
  type ModelSource,
  modelCards,
  type PublishedFile,
  publishedFiles,
} from 'isobath'
import { fetchModel } from 'isobath/web'
import { megabytes } from './figures.ts'

export type Progress = (text: string, share?: number) => void

export interface Size {
  width: number
  height: number
}

/** A network's file in memory, and how it is read. */
export interface Model {
  id: string
  title: string
  source: ModelSource
  card: ModelCard
  /** What was assumed where nobody described the network. */
  guesses?: string[]
  /** The size that the file fixes. */
  fixed?: Size
}

/** A network that can be chosen. */
export interface Entry {
  id: string
  title: string
  about: string
  open(progress: Progress, signal: AbortSignal): Promise<Model>
}

/** Fetches a network's file; one with a hash is kept in the browser for the next time. */
async function download(
  url: URL | string,
  sha256: string | undefined,
  progress: Progress,
  signal: AbortSignal,
): Promise<ModelSource> {
  return fetchModel(url, {
    sha256,
    signal,
    onProgress: ({ done, total, cached }) =>
      progress(cached ? 'Reading the network' : `Fetching the network, ${megabytes(done)}`, total && done / total),
  })
}

/** Width and height of the picture that the file itself fixes. */
function fixedSize({ inputs }: Pick<ModelInfo, 'inputs'>): Size | undefined {
  const picture = inputs.find(({ shape }) => shape.length === 4)
  if (!picture) return undefined
  const [a, b, c] = picture.shape.slice(1)
  const [height, width] = a === 3 ? [b, c] : [a, b]
  return typeof width === 'number' && typeof height === 'number' ? { width, height } : undefined
}

const builtIn: Entry = {
  id: isobathTiny.name,
  title: 'Isobath tiny',
  about: '0.9 million weights, relative depth in coarse strokes. It came with this page. MIT.',
  open: async (progress, signal) => {
    const source = { ...(await download(defaultModelUrl(), undefined, progress, signal)), name: 'isobath-tiny.onnx' }
    return {
      id: isobathTiny.name,
      title: 'Isobath tiny',
      source,
      card: isobathTiny,
      fixed: fixedSize(inspect(source)),
    }
  },
}

/** `depth-anything-v2-small` as people write it. */
const titleOf = (name: string) =>
  name
    .replace(/-onnx$/, '')
    .replace(/-/g, ' ')
    .replace(/^[a-z]/, (c) => c.toUpperCase())

function published(card: ModelCard, file: PublishedFile): Entry {
  const half = file.weights === 'float16'
  const title = `${titleOf(card.name)}${half ? ', float16' : ''}`
  return {
    id: file.name,
    title,
    about:
      `${card.parameters} million weights, ${megabytes(file.bytes)} to fetch once; then it is kept in this browser. ` +
      `Licence: ${card.licence}.`,
    open: async (progress, signal) => {
      const source = { ...(await download(file.url, file.sha256, progress, signal)), name: file.name }
      return { id: file.name, title, source, card, fixed: fixedSize(inspect(source)) }
    },
  }
}

/** In the order of the list. */
export const entries: Entry[] = [
  builtIn,
  ...modelCards.flatMap((card) =>
    publishedFiles(card)
      .filter((file) => !file.notInBrowsers)
      .map((file) => published(card, file)),
  ),
]

/** The sides of a network's input when the file leaves them open: the card's, or this. */
const OPEN_SIZE = 384

/** A file of the user's as a model, known by its name; `options` say what nobody knows of it. */
export function readModel(source: ModelSource, options: CardOptions = {}): Model {
  const { name = 'network.onnx' } = source
  const info = inspect(source)
  const fixed = fixedSize(info)
  const base = { id: `own:${name}`, title: name, source, fixed }
  const known = cardOfFile(name)
  if (known && !Object.keys(options).length) return { ...base, card: known }
  const open = fixed ? {} : { size: OPEN_SIZE, multipleOf: 32 }
  return { ...base, ...guessCard(info, { ...open, ...options }) }
}

/** A network at an address that the user names; it is read as a file of that name. */
export async function fetchOwn(address: string, progress: Progress, signal: AbortSignal): Promise<Model> {
  const source = await download(address, undefined, progress, signal)
  const name = decodeURIComponent(new URL(address).pathname.replace(/^.*\//, ''))
  return readModel({ ...source, name: name || undefined })
}

const about = ({ card, guesses }: Model): string =>
  guesses ? 'Your file; nobody described this network.' : `Your file, read as ${card.name}. Licence: ${card.licence}.`

/** Puts a model of the user's into the list, in place of one of the same name. */
export function addModel(model: Model): Entry {
  const entry = { id: model.id, title: model.title, about: about(model), open: async () => model }
  const at = entries.findIndex((e) => e.id === entry.id)
  if (at >= 0) entries[at] = entry
  else entries.push(entry)
  return entry
}

/** Sizes that may be chosen for a model; the first is its own. */
export function sizesOf({ card, fixed }: Model): Size[] {
  if (fixed) return [fixed]
  const { width, height, multipleOf } = card.input
  const side = (v: number, factor: number) => Math.max(multipleOf, Math.round((v * factor) / multipleOf) * multipleOf)
  const all = [1, 0.5, 0.75, 1.5, 2, 3].map((f) => ({ width: side(width, f), height: side(height, f) }))
  return all.filter((s, i) => all.findIndex((t) => t.width === s.width && t.height === s.height) === i)
}
