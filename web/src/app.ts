// A picture, a network, and the depth of the one by the other; what is shown of it, and what happens when something fails.
import { type DepthMap, IsobathError, mapCamera, readDepth, resizeDepth } from 'isobath'
import { drawDepth, photoOf, releasePhoto } from 'isobath/web'
import type { CloudView } from './cloud.ts'
import { byId, save } from './dom.ts'
import { fovFor, type Kind, makeFile, pointsOf, type Result } from './downloads.ts'
import { withUnit } from './figures.ts'
import { announce, hideBanner, showBanner, showBusy, wordsOf } from './messages.ts'
import { type Entry, entries, type Model, type Size } from './models.ts'
import { Network } from './network.ts'
import { openPicture, type Picture, pixelsOf } from './picture.ts'
import { currentRange, isInverted, setSpread, spreadOf } from './range.ts'
import { settings } from './settings.ts'
import { depthCanvas, drawPhoto, setDepthShown, setReader, showReadyMade } from './stage.ts'
import { type Row, showTimes } from './times.ts'

/** Points that the 3-D view shows at most. */
const MOST_POINTS = 400_000
/** Attempts to open a lost device again, with longer and longer waits between them. */
const ATTEMPTS = 4

/** What plays a video. It uses the network by itself, and lets go of it when it is asked to. */
export interface Player {
  /** Resolves when the network is free. */
  suspend(): Promise<void>
  /** Goes on where something plays; says whether it does. */
  resume(): boolean
  /** Colours changed. */
  restyle(): void
  /** Pauses, so that the picture becomes a still one. */
  hold(): void
  close(): void
}

function openCloud(View: typeof CloudView): CloudView {
  try {
    return new View(byId('cloud'))
  } catch (cause) {
    throw new Error(
      'This browser gives the page no WebGL, which draws the points: switch hardware acceleration on in its settings. ' +
        'They can be saved as PLY or GLB all the same',
      { cause },
    )
  }
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export class App {
  readonly network: Network
  entry: Entry = entries[0]
  model?: Model
  size?: Size
  picture?: Picture
  result?: Result
  player?: Player
  /** Told when the model, its size or the device changed. */
  changed = () => {}
  private wanted = 0
  private loading = new AbortController()
  private painting = false
  private repaint = false
  private cloud?: CloudView
  private cloudOf?: DepthMap
  /** Why there is no GPU. */
  private withoutGpu?: unknown

  constructor() {
    this.network = new Network({ progress: showBusy, lost: (why) => void this.recover(why) })
    showTimes([])
  }

  /** Opens a network from the list. On failure the one before stays. */
  async choose(entry: Entry): Promise<void> {
    this.loading.abort()
    this.loading = new AbortController()
    const { signal } = this.loading
    try {
      const model = await entry.open(showBusy, signal)
      const before = { entry: this.entry, model: this.model, size: this.size }
      Object.assign(this, { entry, model, size: undefined })
      if (!(await this.reopen())) if (before.model) await this.back(before)
    } catch (e) {
      if (!signal.aborted) this.fail(e)
    } finally {
      this.changed()
    }
  }

  private async back(before: Pick<App, 'entry' | 'model' | 'size'>): Promise<void> {
    Object.assign(this, before)
    await this.openNetwork(this.model!).catch(() => {})
    this.player?.resume()
  }

  private async openNetwork(model: Model): Promise<void> {
    await this.player?.suspend()
    await this.network.open({ model, size: this.size, precision: settings.precision })
    this.withoutGpu = undefined
    this.changed()
  }

  /** The video goes on, or the picture is computed anew. */
  private async goOn(): Promise<void> {
    if (!this.player?.resume()) await this.compute()
  }

  /** Opens the chosen network anew, with the size and precision that are chosen now; then the picture again. */
  async reopen(): Promise<boolean> {
    if (!this.model) return false
    try {
      await this.openNetwork(this.model)
      await this.goOn()
      return true
    } catch (e) {
      this.fail(e)
      return false
    }
  }

  /**
   * Shows a picture and its depth, in place of a video, too. One that cannot be read leaves what was there. Where there is no
   * GPU, a picture of its depth is shown that was made before, if there is one.
   */
  async show(file: Blob, name: string, readyMade?: URL): Promise<void> {
    const opened = () => {
      this.player?.close()
      hideBanner()
    }
    await this.showStill(file, name, opened, readyMade)
  }

  /** A picture's depth is gone from the screen: a video takes its place. */
  leaveStill(): void {
    this.wanted++
    this.picture?.bitmap.close()
    this.picture = undefined
    this.setResult(undefined)
  }

  /** Shows a picture, or what a video shows now; `opened` is told when it could be read. */
  async showStill(source: Blob | HTMLVideoElement, name: string, opened = () => {}, readyMade?: URL): Promise<void> {
    let picture: Picture
    try {
      picture = await openPicture(source, name)
    } catch (e) {
      this.fail(e)
      return
    }
    opened()
    this.leaveStill()
    this.picture = { ...picture, readyMade }
    const { bitmap, original } = picture
    drawPhoto(bitmap, bitmap.width, bitmap.height)
    if (original)
      showBanner(
        `The picture has ${original.width} × ${original.height} pixels; it is computed at ${bitmap.width} × ${bitmap.height}.`,
        { tone: 'note' },
      )
    if (this.withoutGpu) this.fail(this.withoutGpu)
    else await this.compute()
  }

  /** The depth of the picture by the open network. */
  async compute(): Promise<void> {
    const { picture, network } = this
    if (!picture || !network.estimator) return
    const mine = ++this.wanted
    showBusy('Estimating depth')
    try {
      const start = performance.now()
      const map = await network.use(async ({ engine, estimator }) => {
        const photo = await photoOf(engine, picture.bitmap)
        try {
          return await estimator.estimate({ ...photo, focalLength35mm: picture.focalLength35mm })
        } finally {
          releasePhoto(photo)
        }
      })
      const estimated = performance.now()
      const values = await network.use(({ engine }) => readDepth(engine, map))
      const result = { map, ...spreadOf(values, map) }
      if (mine !== this.wanted) return network.free(map)
      this.setResult(result)
      this.showStages(picture.decode, estimated - start, performance.now() - estimated)
      const { extremes } = result
      announce(`Depth of ${picture.name}: ${withUnit(extremes[0], map)} to ${withUnit(extremes[1], map)}`)
    } catch (e) {
      if (mine === this.wanted) this.fail(e)
    } finally {
      if (mine === this.wanted) showBusy(undefined)
    }
  }

  private showStages(decode: number, whole: number, read: number): void {
    const { estimator } = this.network
    if (!estimator) return
    const { preprocess, network, postprocess } = estimator.timings
    const load = Object.values(estimator.session?.timings ?? {}).reduce((a, b) => a + b, 0)
    const rows: Row[] = [
      { name: 'Decode the picture', value: decode, bar: true },
      { name: 'Resize and normalise', value: preprocess, bar: true },
      { name: 'Network', value: network, bar: true },
      { name: 'Resize and scale', value: postprocess, bar: true },
      { name: 'Read back', value: read, bar: true },
      { name: 'Photograph to map', value: whole },
      { name: 'Load of the network', value: load },
    ]
    showTimes(rows)
  }

  private setResult(result: Result | undefined): void {
    if (this.result) this.network.free(this.result.map)
    this.result = result
    setReader((x, y) => this.valueAt(x, y))
    setSpread(result)
    byId('saves').toggleAttribute('inert', !result)
    this.changed()
    if (!result) setDepthShown(false)
    void this.paint()
    void this.showCloud()
  }

  /** Colours the map as the settings are now. Calls during a call make one more. */
  async paint(): Promise<void> {
    this.player?.restyle()
    this.repaint = true
    if (this.painting) return
    this.painting = true
    try {
      while (this.repaint) {
        this.repaint = false
        const { result } = this
        const range = currentRange()
        if (!result || !range || !this.network.engine) continue
        const options = { colormap: settings.colormap, range, invert: isInverted(result) }
        await this.network.use(async ({ engine }) => {
          if (result !== this.result) return
          await drawDepth(engine, depthCanvas, result.map, options)
          setDepthShown(true)
        })
      }
    } catch (e) {
      this.fail(e)
    } finally {
      this.painting = false
    }
  }

  private valueAt(x: number, y: number): string | undefined {
    const { result } = this
    return result && withUnit(result.values[y * result.map.width + x], result)
  }

  /** Fills the 3-D view where it is open; `again` after the metres that it assumes changed. */
  async showCloud(again = false): Promise<void> {
    const { result, picture } = this
    if (settings.view !== 'cloud' || !result || !picture || (this.cloudOf === result.map && !again)) return
    const keepView = this.cloudOf === result.map
    this.cloudOf = result.map
    try {
      const { CloudView } = await import('./cloud.ts')
      this.cloud ??= openCloud(CloudView)
      const { map } = result
      const share = Math.min(1, Math.sqrt(MOST_POINTS / (map.width * map.height)))
      const size = { width: Math.round(map.width * share), height: Math.round(map.height * share) }
      const across = fovFor(map)
      const points = await this.network.use(async ({ engine }) => {
        const small = share < 1 ? await resizeDepth(engine, map, size) : map
        try {
          return await pointsOf(engine, small, pixelsOf(picture, size), result, across)
        } finally {
          if (small !== map) this.network.free(small)
        }
      })
      if (result !== this.result) return
      const { fy } = mapCamera(map, { fovDegrees: across })
      this.cloud.show(points, (360 / Math.PI) * Math.atan(map.height / 2 / fy), keepView)
    } catch (e) {
      this.cloudOf = undefined
      this.fail(e)
    }
  }

  async download(kind: Kind): Promise<void> {
    const { result, picture } = this
    if (!result || !picture) return
    showBusy('Making the file')
    try {
      const colours = { range: currentRange()!, invert: isInverted(result) }
      const file = await this.network.use(({ engine }) =>
        makeFile(kind, picture.name, engine, result, () => pixelsOf(picture), colours),
      )
      save(file.name, file.bytes, file.type)
      announce(`Saved ${file.name}: ${file.note}`)
    } catch (e) {
      this.fail(e)
    } finally {
      showBusy(undefined)
    }
  }

  /** Opens the device again and goes on with the same network and picture. */
  async recover(why: string): Promise<void> {
    this.wanted++
    showBusy(undefined)
    showBanner(`The graphics device was lost (${wordsOf(why)}) It is being opened again; the picture is kept.`, {
      id: 'lost',
      tone: 'note',
    })
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      await wait(200 * 4 ** attempt)
      try {
        if (!this.model) return await this.choose(this.entry)
        await this.openNetwork(this.model)
        await this.goOn()
        if (this.network.engine) {
          showBanner('The graphics device was lost and has been opened again. Nothing was lost.', {
            id: 'lost',
            tone: 'note',
          })
          return
        }
      } catch (e) {
        if (attempt === ATTEMPTS - 1)
          showBanner(`The graphics device was lost and cannot be opened again: ${wordsOf(e)}`, {
            id: 'lost',
            actions: [{ label: 'Try again', run: () => void this.recover(why) }],
          })
      }
    }
    showBusy(undefined)
  }

  /** Says what went wrong. A lost device is told by {@link recover}. */
  fail(error: unknown): void {
    showBusy(undefined)
    if (error instanceof DOMException && error.name === 'AbortError') return
    const code = error instanceof IsobathError ? error.code : undefined
    if (code === 'device' && !this.network.engine) return
    console.error(error)
    const again = {
      label: 'Try again',
      run: () => void (this.network.estimator ? this.compute() : this.choose(this.entry)),
    }
    showBanner(wordsOf(error), { actions: code === 'device' || code === 'adapter' ? [again] : [] })
    if (code !== 'adapter') return
    this.withoutGpu = error
    const { readyMade } = this.picture ?? {}
    if (!readyMade || this.result) return
    showReadyMade(readyMade)
    announce('The depth of the sample was made before; it has no numbers.')
  }
}
