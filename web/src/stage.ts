// The picture area: photograph and depth, the divide between them, and the cross that reads a value.
import { byId } from './dom.ts'
import { change, settings, type View } from './settings.ts'

const stage = byId('stage')
const frame = byId('frame')
const reading = byId<HTMLOutputElement>('reading')
const wipe = byId<HTMLInputElement>('wipe')
const layers = [...frame.querySelectorAll<HTMLElement>('.layer')]
export const photoCanvas = byId<HTMLCanvasElement>('photo')
export const depthCanvas = byId<HTMLCanvasElement>('depth')

/** What stands under the cross; undefined where nothing is known yet. */
export type Reader = (x: number, y: number) => string | undefined

let size = { width: 640, height: 480 }
let read: Reader = () => undefined
/** The pixel under the cross, and whether the keyboard put it there. */
let at: { x: number; y: number; layer: number } | undefined

/** Two pictures side by side, or one above the other: what makes them larger. */
function arrange(): void {
  const { width, height } = stage.getBoundingClientRect()
  const ratio = size.width / size.height
  const beside = settings.view === 'beside'
  const row = Math.min(width / 2, height * ratio) >= Math.min(width, (height / 2) * ratio)
  frame.dataset.row = String(row)
  frame.style.setProperty('--ratio', String(beside ? (row ? ratio * 2 : ratio / 2) : ratio))
}

/** Gives the area the shape of a picture. */
export function setSize(width: number, height: number): void {
  if (width !== size.width || height !== size.height) hideProbe()
  size = { width, height }
  stage.style.setProperty('--picture', String(width / height))
  arrange()
}

export function setView(view: View): void {
  stage.dataset.view = view
  frame.hidden = view === 'cloud'
  byId('cloud').hidden = view !== 'cloud'
  hideProbe()
  arrange()
}

/** Draws what is shown beside the depth. */
export function drawPhoto(source: CanvasImageSource, width: number, height: number): void {
  if (photoCanvas.width !== width || photoCanvas.height !== height) {
    photoCanvas.width = width
    photoCanvas.height = height
  }
  photoCanvas.getContext('2d')!.drawImage(source, 0, 0, width, height)
  setSize(width, height)
}

/** Whether the depth canvas shows this picture's depth. */
export const setDepthShown = (shown: boolean): void => {
  stage.dataset.depth = shown ? 'shown' : 'none'
  depthCanvas.style.background = ''
}

/** Shows depth that was made before: the right end of a picture, behind the canvas. */
export function showReadyMade(url: URL): void {
  setDepthShown(true)
  depthCanvas.style.background = `url(${url}) right / auto 100%`
}

export function setReader(reader: Reader): void {
  read = reader
}

function hideProbe(): void {
  at = undefined
  reading.hidden = true
  for (const layer of layers) layer.classList.remove('probed')
}

/** Writes the value under the cross again; the numbers may have changed. Returns what it says. */
export function refreshProbe(): string | undefined {
  if (!at) return undefined
  const text = read(at.x, at.y)
  reading.hidden = text === undefined
  if (text === undefined) return undefined
  reading.textContent = text
  const [u, v] = [(at.x + 0.5) / size.width, (at.y + 0.5) / size.height]
  for (const layer of layers) {
    layer.classList.add('probed')
    layer.style.setProperty('--u', `${u * 100}%`)
    layer.style.setProperty('--v', `${v * 100}%`)
  }
  const outer = frame.getBoundingClientRect()
  const inner = layers[at.layer].getBoundingClientRect()
  const [x, y] = [inner.left - outer.left + u * inner.width, inner.top - outer.top + v * inner.height]
  const right = x + reading.offsetWidth + 28 > outer.width
  const below = y - reading.offsetHeight - 16 < 0
  reading.style.left = `${Math.max(4, right ? x - reading.offsetWidth - 14 : x + 14)}px`
  reading.style.top = `${below ? y + 14 : y - reading.offsetHeight - 10}px`
  return text
}

/** The pixel that somebody is reading now. */
export const probedPixel = (): { x: number; y: number } | undefined => at

function probe(x: number, y: number, layer: number): string | undefined {
  const within = (v: number, most: number) => Math.max(0, Math.min(most - 1, Math.floor(v)))
  at = { x: within(x, size.width), y: within(y, size.height), layer }
  return refreshProbe()
}

function follow(event: PointerEvent): void {
  const shown = layers.map((layer) => layer.getBoundingClientRect())
  const hit = (r: DOMRect) =>
    event.clientX >= r.left && event.clientX < r.right && event.clientY >= r.top && event.clientY < r.bottom
  const layer = [1, 0].find((i) => shown[i].width > 0 && hit(shown[i]))
  if (layer === undefined) {
    hideProbe()
    return
  }
  const { left, top, width, height } = shown[layer]
  probe(((event.clientX - left) / width) * size.width, ((event.clientY - top) / height) * size.height, layer)
}

const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

function onKey(event: KeyboardEvent): void {
  if (event.target !== frame) return
  if (event.key === 'Escape') hideProbe()
  const step = STEPS[event.key]
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  const by = Math.max(1, Math.round((event.shiftKey ? 0.1 : 0.01) * Math.max(size.width, size.height)))
  const from = at ?? { x: size.width / 2 - step[0] * by, y: size.height / 2 - step[1] * by, layer: 1 }
  const text = probe(from.x + step[0] * by, from.y + step[1] * by, from.layer)
  if (text && at) byId('spoken').textContent = `${text}, column ${at.x}, row ${at.y}`
}

function setWipe(): void {
  frame.style.setProperty('--wipe', `${wipe.value}%`)
  wipe.setAttribute('aria-valuetext', `${Math.round(Number(wipe.value))} % photograph`)
}

for (const area of [frame, byId('cloud')]) area.tabIndex = 0
wipe.value = String(settings.wipe)
setWipe()
wipe.addEventListener('input', setWipe)
wipe.addEventListener('change', () => change({ wipe: Number(wipe.value) }))
frame.addEventListener('pointermove', (e) => e.target !== wipe && follow(e))
frame.addEventListener('pointerdown', (e) => e.target !== wipe && follow(e))
frame.addEventListener('pointerleave', (e) => e.pointerType === 'mouse' && hideProbe())
frame.addEventListener('keydown', onKey)
frame.addEventListener('focusout', hideProbe)
new ResizeObserver(arrange).observe(stage)
