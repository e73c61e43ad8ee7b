// Which values the colours span: all of them, without outliers, or from one handle to the other over a histogram.
import type { DepthMap } from 'isobath'
import { byId, radios } from './dom.ts'
import { figure, unitOf, withUnit } from './figures.ts'
import { gradientOf } from './palette.ts'
import { change, type RangeMode, settings } from './settings.ts'

type Meaning = Pick<DepthMap, 'kind' | 'unit'>

/** What the histogram is made of. */
export interface Spread extends Meaning {
  values: Float32Array
  /** Least and greatest value, and the 2nd and 98th percentile. */
  extremes: readonly [number, number]
  robust: readonly [number, number]
}

/** Values that histogram and percentiles look at, about. */
const SAMPLE = 200_000
const STEPS = 1000
const BINS = 64
const [WIDTH, HEIGHT] = [256, 56]
const SVG = 'http://www.w3.org/2000/svg'

const low = byId<HTMLInputElement>('low')
const high = byId<HTMLInputElement>('high')
let spread: Spread | undefined
let manual: [number, number] = [0, 1]
let changed = () => {}
/** The range of a video's last frame. */
let live: readonly [number, number] | undefined

/** The ends of some values: extremes of all, percentiles of a sample. */
export function spreadOf(values: Float32Array, { kind, unit }: Meaning): Spread {
  const stride = Math.max(1, Math.floor(values.length / SAMPLE))
  const sample: number[] = []
  let [least, most] = [Infinity, -Infinity]
  for (let i = 0; i < values.length; i++) {
    const v = values[i]
    if (!Number.isFinite(v)) continue
    if (v < least) least = v
    if (v > most) most = v
    if (i % stride === 0) sample.push(v)
  }
  if (least > most) [least, most] = [0, 1]
  const sorted = Float32Array.from(sample).sort()
  const at = (share: number, otherwise: number) => sorted[Math.round(share * (sorted.length - 1))] ?? otherwise
  return { values, kind, unit, extremes: [least, most], robust: [at(0.02, least), at(0.98, most)] }
}

/** The values that the colours span now; undefined before there are any. */
export function currentRange(): readonly [number, number] | undefined {
  if (!spread) return live
  if (settings.range === 'manual') return manual
  return settings.range === 'robust' ? spread.robust : spread.extremes
}

/** How frames of a video are coloured. */
export const lookOf = (meaning: Meaning) => ({
  colormap: settings.colormap,
  invert: isInverted(meaning),
  range: settings.range === 'manual' ? manual : undefined,
  percentiles: settings.range === 'robust' ? ([2, 98] as const) : undefined,
})

const valueAt = (input: HTMLInputElement) => {
  const [least, most] = spread!.extremes
  return least + (Number(input.value) / STEPS) * (most - least)
}

/** Near is bright, whichever way the values run; `invert` turns that round. */
export const isInverted = ({ kind }: Meaning): boolean => (kind === 'depth') !== settings.invert

function drawHistogram(): void {
  const { values, extremes } = spread!
  const [least, most] = extremes
  const counts = new Float64Array(BINS)
  const stride = Math.max(1, Math.floor(values.length / SAMPLE))
  const scale = BINS / (most - least || 1)
  for (let i = 0; i < values.length; i += stride)
    if (Number.isFinite(values[i])) counts[Math.min(BINS - 1, Math.floor((values[i] - least) * scale))]++
  // The square root keeps small groups visible beside a wall that fills the picture.
  const top = Math.sqrt(Math.max(...counts)) || 1
  const step = WIDTH / BINS
  const bars = [...counts].map((n, i) => {
    const h = (Math.sqrt(n) / top) * (HEIGHT - 2)
    return `M${i * step},${HEIGHT}v${-h}h${step - 0.6}v${h}z`
  })
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', bars.join(''))
  byId<SVGSVGElement>('histogram').replaceChildren(path)
}

/** Handles, legend and gradient after whatever changed. */
export function showRange(): void {
  const known = spread !== undefined
  byId('range').classList.toggle('empty', !known)
  for (const input of [low, high]) input.disabled = !known
  byId('legend').classList.toggle('empty', !known)
  const range = currentRange()
  if (!range || !spread) return
  showLegend(range, spread)
  const [least, most] = spread.extremes
  const place = (v: number) => String(Math.max(0, Math.min(STEPS, ((v - least) / (most - least || 1)) * STEPS)))
  low.value = place(range[0])
  high.value = place(range[1])
  low.setAttribute('aria-valuetext', withUnit(range[0], spread))
  high.setAttribute('aria-valuetext', withUnit(range[1], spread))
  byId('range').style.setProperty('--l', String(Number(low.value) / STEPS))
  byId('range').style.setProperty('--h', String(Number(high.value) / STEPS))
}

/** The scale under the picture. */
function showLegend(range: readonly [number, number], meaning: Meaning): void {
  const unit = meaning.unit === 'metre' ? ' m' : ''
  byId('legend').classList.remove('empty')
  byId('legend-low').textContent = figure(range[0]) + unit
  byId('legend-high').textContent = figure(range[1]) + unit
  byId('legend-text').textContent =
    meaning.unit === 'metre'
      ? 'metres from the camera'
      : `${unitOf(meaning)}: larger is ${meaning.kind === 'disparity' ? 'nearer' : 'farther'}, without a unit`
  const gradient = gradientOf(settings.colormap, isInverted(meaning))
  byId('scale').style.backgroundImage = gradient
  byId('range').style.setProperty('--colours', gradient)
}

/** The range of a frame that is shown now. */
export function showLiveRange(range: readonly [number, number], meaning: Meaning): void {
  live = range
  showLegend(range, meaning)
}

/** New values; fixed ends that lie outside them are given up. */
export function setSpread(next: Spread | undefined): void {
  spread = next
  live = undefined
  if (next) {
    drawHistogram()
    if (settings.range === 'manual' && (manual[1] <= next.extremes[0] || manual[0] >= next.extremes[1])) setMode('auto')
  }
  showRange()
}

function setMode(mode: RangeMode): void {
  const now = currentRange()
  if (mode === 'manual' && now && settings.range !== 'manual') manual = [...now]
  change({ range: mode })
  radios('range', mode)
}

function onSlide(event: Event): void {
  const moved = event.target as HTMLInputElement
  const gap = STEPS / 100
  if (Number(low.value) > Number(high.value) - gap) {
    if (moved === low) low.value = String(Number(high.value) - gap)
    else high.value = String(Number(low.value) + gap)
  }
  setMode('manual')
  manual = [valueAt(low), valueAt(high)]
  showRange()
  changed()
}

/** `listener` is told when the user asks for another range. */
export function initRange(listener: () => void): void {
  changed = listener
  radios('range', settings.range, (mode) => {
    setMode(mode as RangeMode)
    showRange()
    changed()
  })
  for (const input of [low, high]) input.addEventListener('input', onSlide)
  showRange()
}
