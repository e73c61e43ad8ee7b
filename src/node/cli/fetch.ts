// `isobath fetch`: a published network as a file.
import type { Command } from 'commander'
import { findCard, modelCards, type PublishedFile, publishedFiles } from '../../models/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { fetchPublished } from '../files/fetch.ts'
import { formatBytes, print } from './common.ts'
import { createProgress } from './progress.ts'

interface FetchOptions {
  output: string
  f16?: boolean
  json?: boolean
}

/** The file of that card. Errors: `input` where there is no such card, or none of its files can be fetched. */
function findFile(name: string, f16 = false): PublishedFile {
  const card = findCard(name)
  const files = card ? publishedFiles(card) : []
  const file = files.find((f) => (f.weights === 'float16') === f16)
  if (file) return file
  const others = modelCards.filter((c) => publishedFiles(c).length).map((c) => c.name)
  let what = `there is no card "${name}"`
  if (card) what = `no ONNX file of ${card.name} has an address here (its code: ${card.source})`
  if (files.length) what = `${card?.name} is published ${f16 ? 'in float32 only: leave --f16 away' : 'with --f16 only'}`
  throw new IsobathError('input', `${what}. Can be fetched: ${others.join(', ')}`)
}

async function fetchFile(name: string, options: FetchOptions): Promise<void> {
  const file = findFile(name, options.f16)
  const { licence } = findCard(name)!
  const progress = createProgress()
  try {
    const { path, fetched } = await fetchPublished(file, options.output, (done, total) =>
      progress.say(`fetching ${file.name}, ${formatBytes(done)} of ${formatBytes(total)}`),
    )
    progress.end()
    print(options.json, { ...file, path, fetched, licence }, () => [
      `${path}  ${formatBytes(file.bytes)}, ${fetched ? 'fetched' : 'there already'}, its SHA-256 is right`,
      `licence: ${licence}`,
    ])
  } finally {
    progress.end()
  }
}

export function addFetch(program: Command): void {
  program
    .command('fetch')
    .description('fetch a published network, and hold it against its hash')
    .argument('<name>', 'its card (isobath models lists them)')
    .option('-o, --output <dir>', 'the folder for it', '.')
    .option('--f16', 'the file with float16 weights, of half the size')
    .option('--json', 'print one JSON object')
    .action(fetchFile)
}
