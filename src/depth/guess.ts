// A card for a network that nobody described: from its ports' shapes where that is safe, else from options or by a
// stated assumption.
import type { ModelInfo } from '../api.ts'
import { type CardOptions, customCard, type ModelCard } from '../models/index.ts'
import { ensure } from '../runtime/error.ts'
import { fixedSize, picturePort, resultName } from './ports.ts'

export interface CardGuess {
  card: ModelCard
  /** What was read from the file's shapes and what was assumed, a sentence each. */
  guesses: string[]
}

const ASSUMED: ModelCard = {
  name: 'custom',
  family: 'custom',
  input: {
    width: 0,
    height: 0,
    resize: 'stretch',
    multipleOf: 1,
    interpolation: 'bicubic',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    channels: 'rgb',
  },
  output: { kind: 'disparity', unit: 'relative', upsample: 'bilinear', alignCorners: false },
  licence: 'unknown',
  notes: 'A network without a card.',
  source: '',
}

/**
 * The card of an unknown network, from what `inspect` tells of its ports and from options, and what had to be guessed.
 * Throws `input` where its size is open and no option gives it, `unsupported` where it takes no RGB picture.
 */
export function guessCard(info: Pick<ModelInfo, 'inputs' | 'outputs'>, options: CardOptions = {}): CardGuess {
  const guesses: string[] = []
  const port = picturePort(info.inputs)
  const { width, height } = fixedSize(port)
  const rules: CardOptions = { ...options }
  if (width !== undefined && height !== undefined) {
    rules.size = [width, height]
    if (!options.resize) guesses.push(`The file fixes its input to ${width} × ${height}: the photo is stretched to it.`)
  } else {
    ensure(
      options.size !== undefined,
      'input',
      `input "${port.name}" [${port.shape.join(', ')}] leaves its size open: say it with the option size, and for a ` +
        'network that keeps the aspect ratio with multipleOf',
    )
    if (!options.resize) {
      rules.resize = options.multipleOf ? 'minimal' : 'stretch'
      guesses.push(
        options.multipleOf
          ? `The photo keeps its aspect ratio (resize "minimal"), its sides being multiples of ${options.multipleOf}.`
          : 'The photo is stretched to the size given (resize "stretch").',
      )
    }
  }
  if (options.mean === undefined && options.std === undefined)
    guesses.push('Assumed: bytes / 255, normalised by ImageNet’s mean and std. Say mean and std where that is wrong.')
  if (options.interpolation === undefined) guesses.push('Assumed: interpolation "bicubic", as OpenCV does it.')
  const result = resultName(info.outputs, port.channelsFirst, options.output)
  if (options.output === undefined && info.outputs.length > 1)
    guesses.push(`Of ${info.outputs.length} outputs "${result}" is taken for the depth.`)
  if (options.kind === undefined) {
    if (options.unit === 'metre') rules.kind = 'depth'
    else
      guesses.push(
        /disp|inv/i.test(result)
          ? `By its name, output "${result}" is disparity (near is large), without a unit.`
          : `Assumed: output "${result}" is disparity (near is large), without a unit. Say kind "depth" where far is large.`,
      )
  } else if (options.unit === undefined)
    guesses.push(`Assumed: the ${options.kind} has no unit. Say unit "metre" if it has.`)
  return { card: customCard(ASSUMED, rules), guesses }
}
