// A video file or the camera with its depth as it plays. A video that is paused is a still picture like any other.
import { encodeDepth } from 'isobath'
import { createDepthStream, type DepthFrame, type DepthStream } from 'isobath/web'
import type { App } from './app.ts'
import { byId } from './dom.ts'
import { clock, withUnit } from './figures.ts'
import { announce, hideBanner, showBusy } from './messages.ts'
import { lookOf, showLiveRange } from './range.ts'
import { depthCanvas, probedPixel, refreshProbe, setDepthShown, setReader, setSize } from './stage.ts'
import { showTimes } from './times.ts'

const video = byId<HTMLVideoElement>('video')
const transport = byId('transport')
const play = byId('play')
const seek = byId<HTMLInputElement>('seek')
const place = byId<HTMLOutputElement>('clock')

/** Milliseconds between two updates of the figures. */
const TELL = 250

const CAMERA_ERRORS: Record<string, string> = {
  NotAllowedError: 'This page may not use the camera. Allow it beside the address of the page, then try again.',
  NotFoundError: 'There is no camera here.',
  NotReadableError: 'The camera is in use by another program. Close that, then try again.',
}

export class Live {
  private stream?: DepthStream
  /** Counts what ended the use of the network, and for which of these counts a stream was started. */
  private epoch = 0
  private started = -1
  private camera?: MediaStream
  private url?: string
  private name = ''
  private told = 0
  private reading?: GPUBuffer
  private value?: string

  constructor(private readonly app: App) {
    play.addEventListener('click', () => (video.paused ? this.play() : video.pause()))
    video.addEventListener('play', () => this.onPlay())
    video.addEventListener('pause', () => void this.onPause())
    video.addEventListener('seeked', () => video.paused && void this.onPause())
    video.addEventListener('timeupdate', () => this.showPlace())
    seek.addEventListener('input', () => {
      if (Number.isFinite(video.duration)) video.currentTime = (Number(seek.value) / 1000) * video.duration
    })
  }

  get isOpen(): boolean {
    return !transport.hidden
  }

  /** Plays a video file, over and over. */
  async openFile(file: File): Promise<void> {
    await this.open(file.name.replace(/\.[^.]+$/, ''), () => {
      this.url = URL.createObjectURL(file)
      video.src = this.url
      video.loop = true
    }).catch((e) => {
      this.close()
      throw new Error(
        video.error || e?.name === 'NotSupportedError'
          ? `“${file.name}” is no video that this browser can play. MP4 with H.264 and WebM can be played in most`
          : `“${file.name}” cannot be played: ${e?.message ?? e}`,
        { cause: e },
      )
    })
  }

  async openCamera(): Promise<void> {
    const { mediaDevices } = navigator
    if (!mediaDevices) throw new Error('browsers lend the camera to pages over https and on localhost only')
    let camera: MediaStream
    try {
      camera = await mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } })
    } catch (cause) {
      const { name, message } = cause as Error
      throw new Error(CAMERA_ERRORS[name] ?? `the camera cannot be opened: ${message}`, { cause })
    }
    // A camera that is unplugged, or taken back by the user, ends.
    camera.getVideoTracks()[0]?.addEventListener('ended', () => this.camera === camera && video.pause())
    await this.open('camera', () => {
      this.camera = camera
      video.srcObject = camera
    })
  }

  private async open(name: string, set: () => void): Promise<void> {
    this.close()
    hideBanner()
    this.name = name
    set()
    transport.hidden = false
    seek.hidden = this.camera !== undefined
    await video.play()
    setSize(video.videoWidth, video.videoHeight)
    this.showPlace()
    announce(this.camera ? 'The camera is on' : `${name} plays`)
  }

  /** Ends it, and frees the file or the camera. */
  close(): void {
    this.epoch++
    this.stream?.stop()
    transport.hidden = true
    video.hidden = true
    video.pause()
    for (const track of this.camera?.getTracks() ?? []) track.stop()
    this.camera = undefined
    video.srcObject = null
    video.removeAttribute('src')
    video.load()
    if (this.url) URL.revokeObjectURL(this.url)
    this.url = undefined
  }

  private play(): void {
    video.play().catch((e) => this.app.fail(e))
  }

  private onPlay(): void {
    this.showPlace()
    video.hidden = false
    this.app.leaveStill()
    this.resume()
  }

  private async onPause(): Promise<void> {
    this.showPlace()
    if (!this.isOpen) return
    await this.suspend()
    if (!this.isOpen || !video.paused) return
    const at = this.camera ? '' : `-${clock(video.currentTime).replace(':', 'm')}s`
    await this.app.showStill(video, this.name + at)
    if (video.paused) video.hidden = true
  }

  /** Ends the use of the network; resolves when that is free. */
  async suspend(): Promise<void> {
    const { stream } = this
    this.epoch++
    stream?.stop()
    await stream?.done.catch(() => {})
  }

  /** Goes on where a video plays; says whether one does. */
  resume(): boolean {
    if (!this.isOpen || video.paused) return false
    if (this.started !== this.epoch) void this.run()
    return true
  }

  /** Shows frames until something stops them. */
  private async run(): Promise<void> {
    const { app, epoch } = this
    this.started = epoch
    await this.stream?.done.catch(() => {})
    await app.network.idle()
    const { estimator } = app.network
    if (epoch !== this.epoch || !estimator) {
      if (this.started === epoch) this.started = -1
      return
    }
    const look = lookOf(estimator.card.output)
    try {
      showBusy('Waiting for the first depth')
      setReader(() => this.value)
      this.stream = createDepthStream(estimator, video, {
        ...look,
        canvas: depthCanvas,
        onFrame: (f) => this.onFrame(f),
      })
      await this.stream.done
    } catch (e) {
      app.fail(e)
    } finally {
      this.stream = undefined
      if (this.started === epoch) this.started = -1
      this.reading?.destroy()
      this.reading = undefined
      this.value = undefined
      showBusy(undefined)
    }
  }

  /** Shows the frames to come as the settings are now. */
  restyle(): void {
    const { estimator } = this.app.network
    if (estimator) this.stream?.set(lookOf(estimator.card.output))
  }

  private async onFrame(frame: DepthFrame): Promise<void> {
    const { stream } = this
    if (!stream) return
    if (stream.stats.frames === 1) {
      showBusy(undefined)
      setSize(frame.result.width, frame.result.height)
      setDepthShown(true)
    }
    await this.readValue(frame)
    const now = performance.now()
    if (now - this.told < TELL) return
    this.told = now
    const { frames, dropped, cuts, framesPerSecond, latency } = stream.stats
    showTimes([
      { name: 'Frames a second', value: framesPerSecond.toFixed(1) },
      { name: 'From frame to depth', value: latency },
      { name: 'Frames shown', value: String(frames) },
      { name: 'Frames passed over', value: String(dropped) },
      { name: 'Scene cuts', value: String(cuts) },
    ])
    if (frame.range) showLiveRange(frame.range, frame.result)
  }

  /** The value under the cross, where somebody looks for it: four bytes of the frame's map. */
  private async readValue({ result, workspace }: DepthFrame): Promise<void> {
    const pixel = probedPixel()
    if (!pixel || pixel.x >= result.width || pixel.y >= result.height) return
    const { device } = workspace.engine
    this.reading ??= device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const { reading } = this
    const encoder = device.createCommandEncoder({ label: 'value' })
    const map = await encodeDepth(workspace, encoder, result)
    encoder.copyBufferToBuffer(map.buffer, (pixel.y * map.width + pixel.x) * 4, reading, 0, 4)
    device.queue.submit([encoder.finish()])
    await reading.mapAsync(GPUMapMode.READ)
    const [value] = new Float32Array(reading.getMappedRange().slice(0))
    reading.unmap()
    this.value = withUnit(value, map)
    refreshProbe()
  }

  private showPlace(): void {
    const { paused, currentTime, duration } = video
    play.setAttribute('aria-label', paused ? 'Play' : 'Pause')
    play.querySelector('use')!.setAttribute('href', paused ? '#i-play' : '#i-pause')
    const known = !this.camera && Number.isFinite(duration) && duration > 0
    place.textContent = this.camera
      ? paused
        ? 'Held'
        : 'Camera'
      : known
        ? `${clock(currentTime)} / ${clock(duration)}`
        : ''
    if (known) seek.value = String((currentTime / duration) * 1000)
    seek.setAttribute('aria-valuetext', known ? `${clock(currentTime)} of ${clock(duration)}` : '')
  }

  /** Holds the picture, as what needs a still one asks for. */
  hold(): void {
    if (this.isOpen && !video.paused) video.pause()
  }
}
