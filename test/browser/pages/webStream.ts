// Depth of videos in a page, for test/browser/webStream.test.ts.
import { createDepthEstimator, type Engine, isobathTiny } from 'isobath'
import { createDepthStream, type DepthStreamStats, openEngine } from 'isobath/web'
import { recordVideo } from '../../../tools/page/record.mjs'
import { type Grey, greyFrame, rangesOf } from './frames.ts'

const card = { ...isobathTiny, input: { ...isobathTiny.input, interpolation: 'bilinear' as const, antialias: false } }

let engine: Engine | undefined
async function open(model: Uint8Array) {
  engine ??= await openEngine()
  return createDepthEstimator(engine, model, { card })
}

const isOpen = (frame: VideoFrame) => frame.format !== null

export interface Shown {
  range: [number, number] | null
  cut: boolean
  time: number
}

/** Frames at 25 a second, all at once or each after the one before was shown. */
export async function frames(
  model: Uint8Array,
  pictures: Grey[],
  options: { atOnce?: boolean; timeConstant?: number },
) {
  const estimator = await open(model)
  const all = pictures.map((p, i) => greyFrame(p, i * 40_000))
  const shown: Shown[] = []
  let next = () => {}
  const source = new ReadableStream<VideoFrame>(
    {
      start(controller) {
        let i = 0
        next = () => {
          if (i < all.length) controller.enqueue(all[i++])
          else controller.close()
        }
        if (!options.atOnce) return next()
        for (const _ of [...all, 0]) next()
      },
    },
    { highWaterMark: 0 },
  )
  const stream = createDepthStream(estimator, source, {
    timeConstant: options.timeConstant,
    onFrame: ({ range, cut, time }) => {
      shown.push({ range, cut, time })
      if (!options.atOnce) next()
    },
  })
  await stream.done
  estimator.destroy()
  return { stats: { ...stream.stats } as DepthStreamStats, shown, open: all.filter(isOpen).length }
}

const recorded = async (size: { width: number; height: number }): Promise<Blob> =>
  new Blob([Uint8Array.from(await recordVideo({ ...size, rate: 30, frames: 12 }))], { type: 'video/webm' })

async function openVideo(file: Blob, play: boolean): Promise<HTMLVideoElement> {
  const video = Object.assign(document.createElement('video'), {
    muted: true,
    loop: true,
    src: URL.createObjectURL(file),
  })
  document.body.append(video)
  await new Promise((resolve, reject) => {
    video.onloadeddata = resolve
    video.onerror = () => reject(new Error(video.error?.message))
  })
  if (play) await video.play()
  return video
}

/** Plays a video file until `count` frames were shown, then aborts. */
export async function play(model: Uint8Array, count: number, size: { width: number; height: number }) {
  const estimator = await open(model)
  const video = await openVideo(await recorded(size), true)
  const canvas = document.createElement('canvas')
  const { device } = engine!
  let made = 0
  const counted = ['createBuffer', 'createTexture', 'createComputePipelineAsync', 'createShaderModule'] as const
  const counters = Object.fromEntries(
    counted.map((name) => {
      const make = device[name].bind(device) as (...args: unknown[]) => unknown
      const count = (...args: unknown[]) => {
        made++
        return make(...args)
      }
      return [name, count]
    }),
  )
  const controller = new AbortController()
  const stream = createDepthStream(estimator, video, {
    canvas,
    signal: controller.signal,
    onFrame: () => {
      if (stream.stats.frames === 3) Object.assign(device, counters)
      if (stream.stats.frames === count) controller.abort()
    },
  })
  await stream.done
  const { frames } = stream.stats
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (const name of counted) delete (device as unknown as Record<string, unknown>)[name]
  video.remove()
  estimator.destroy()
  return {
    stats: { ...stream.stats } as DepthStreamStats,
    after: stream.stats.frames - frames,
    made,
    width: canvas.width,
  }
}

/** A paused video is shown, and shown anew in other colours; then the device goes. */
export async function pauseAndLose(model: Uint8Array, size: { width: number; height: number }) {
  const estimator = await open(model)
  const video = await openVideo(await recorded(size), false)
  const canvas = document.createElement('canvas')
  const colours: string[] = []
  let wake = () => {}
  const stream = createDepthStream(estimator, video, {
    canvas,
    colormap: 'gray',
    range: [0, 1],
    onFrame: () => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!
      copy.drawImage(canvas, 0, 0)
      const [r, g, b] = copy.getImageData(2, 2, 1, 1).data
      colours.push(r === g && g === b ? 'grey' : 'coloured')
      wake()
    },
  })
  const shown = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  await shown()
  stream.set({ colormap: 'turbo' })
  await shown()
  engine!.device.destroy()
  stream.set({ colormap: 'gray' })
  const error = await stream.done.then(
    () => 'none',
    (e) => `${e.code}: ${e.message}`,
  )
  return { colours, error }
}

export interface TrackJob {
  model: Uint8Array
  card: typeof card
  /** Frames after which it is told to stop. */
  count: number
}

/** A camera's track, as far as the network can tell: a canvas that goes from dark to bright, for as long as `f` runs. */
async function withTrack<T>(size: { width: number; height: number }, f: (track: MediaStreamTrack) => Promise<T>) {
  const canvas = Object.assign(document.createElement('canvas'), size)
  const context = canvas.getContext('2d')!
  const [track] = canvas.captureStream(30).getVideoTracks()
  let drawn = 0
  const timer = setInterval(() => {
    const gradient = context.createLinearGradient(0, 0, size.width, 0)
    gradient.addColorStop(0, '#000')
    gradient.addColorStop(1, drawn++ % 2 ? '#fff' : '#eee')
    context.fillStyle = gradient
    context.fillRect(0, 0, size.width, size.height)
  }, 33)
  try {
    return { ...(await f(track)), state: track.readyState }
  } finally {
    clearInterval(timer)
    track.stop()
  }
}

/** Depth of a track's frames in the page. */
export const ofTrack = (model: Uint8Array, count: number, size: { width: number; height: number }) =>
  withTrack(size, async (track) => rangesOf(await open(model), track, document.createElement('canvas'), count))

/** The same in a worker, to which the page sends the frames. */
export const ofTrackInWorker = (model: Uint8Array, count: number, size: { width: number; height: number }) =>
  withTrack(size, async (track) => {
    const { MediaStreamTrackProcessor: Processor } = globalThis as unknown as {
      MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> }
    }
    const frames = new Processor({ track }).readable
    const worker = new Worker('/web-stream-worker.js', { type: 'module' })
    try {
      return await new Promise<Awaited<ReturnType<typeof ofTrack>>>((resolve, reject) => {
        worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data))
        worker.onerror = (e) => reject(new Error(e.message))
        worker.postMessage({ model, card, count, frames }, [frames as unknown as Transferable])
      })
    } finally {
      worker.terminate()
    }
  })
