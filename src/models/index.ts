// One card a model: how its input is made, what its output means, whose it is.
import type { ModelCard } from './card.ts'
import { depthAnything } from './depthAnything.ts'
import { fastdepth } from './fastdepth.ts'
import { midas } from './midas.ts'
import { monodepth2 } from './monodepth2.ts'
import { pydnet } from './pydnet.ts'

export type { InputRule, Interpolation, ModelCard, OutputFormula, OutputRule, ResizeRule, Triple } from './card.ts'

export const modelCards: readonly ModelCard[] = [...fastdepth, ...midas, ...depthAnything, ...monodepth2, ...pydnet]

/** The card of that name; case and the kind of separator do not matter. */
export function findCard(name: string): ModelCard | undefined {
  const key = name.toLowerCase().replace(/[\s_.]+/g, '-')
  return modelCards.find((c) => c.name === key)
}
