// One card a model: how its input is made, what its output means, whose it is.
export type {
  FocalRule,
  InputRule,
  Interpolation,
  ModelCard,
  ModelFile,
  OutputFormula,
  OutputRule,
  PublishedFile,
  ResampleRule,
  ResizeRule,
  Triple,
} from './card.ts'
export { cardOfFile, findCard, modelCards, publishedFiles } from './catalogue.ts'
export { type CardOptions, customCard, resamplers, transformersCard } from './custom.ts'
export { defaultModelUrl, isobathTiny } from './isobathTiny.ts'
