// `isobath models`: the cards of the networks that are known.
import type { Command } from 'commander'
import { findCard, type ModelCard, modelCards, publishedFiles } from '../../models/index.ts'
import { IsobathError } from '../../runtime/error.ts'
import { formatBytes, formatTable, print } from './common.ts'

const unitOf = ({ output }: ModelCard) => (output.unit === 'metre' ? 'metres' : `relative ${output.kind}`)
const sizeOf = ({ input }: ModelCard) => `${input.width} × ${input.height}`

function describe(card: ModelCard): string[] {
  const { input, output } = card
  const norm = (v: readonly number[]) => v.join(', ')
  const rows: [string, string][] = [
    ['family', card.family],
    ['input', `${sizeOf(card)}, ${input.resize}${input.multipleOf > 1 ? `, multiples of ${input.multipleOf}` : ''}`],
    ['resized by', `${input.interpolation}${input.antialias ? ', widened where it shrinks' : ''}`],
    ['mean, std', `${norm(input.mean)}; ${norm(input.std)} (${input.channels})`],
    ['output', `${unitOf(card)}${output.range ? `, ${output.range.join(' to ')}` : ''}`],
    ...(card.parameters ? [['parameters', `${card.parameters} M`] as [string, string]] : []),
    ['licence', card.licence],
    ['source', card.source],
  ]
  const files = (card.files ?? []).map((f) => {
    const hash = f.sha256 ? `  sha256 ${f.sha256}` : f.sha256Prefix ? `  sha256 ${f.sha256Prefix}…` : ''
    return `  ${f.name}${f.bytes ? `  ${formatBytes(f.bytes)}` : ''}${hash}${f.url ? `\n    ${f.url}` : ''}`
  })
  return [card.name, formatTable(rows), ...(files.length ? ['files', ...files] : []), card.notes]
}

function models(name: string | undefined, options: { json?: boolean }): void {
  if (name !== undefined) {
    const card = findCard(name)
    if (!card)
      throw new IsobathError(
        'input',
        `there is no card "${name}"; known are ${modelCards.map((c) => c.name).join(', ')}`,
      )
    print(options.json, card, () => describe(card))
    return
  }
  const rows = modelCards.map((c) => [
    c.name,
    sizeOf(c),
    unitOf(c),
    c.parameters ? `${c.parameters} M` : '',
    c.licence.split(/[;.(]/)[0].trim(),
  ])
  print(options.json, modelCards, () => [
    formatTable([['name', 'input', 'gives', 'weights', 'licence'], ...rows], ''),
    `\n${rows.length} cards; isobath models NAME tells more of one. Weights are not part of Isobath; isobath fetch gets`,
    `those of ${modelCards
      .filter((c) => publishedFiles(c).length)
      .map((c) => c.name)
      .join(' and ')}.`,
  ])
}

export function addModels(program: Command): void {
  program
    .command('models')
    .description('list the cards of known networks, or describe one')
    .argument('[name]', 'a card')
    .option('--json', 'print the cards as JSON')
    .action(models)
}
