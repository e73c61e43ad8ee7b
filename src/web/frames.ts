// The frames of a video, a camera or a stream, of which only the newest is ever waiting.
import { ensure } from '../runtime/error.ts'
import { isVideo, isVideoFrame } from './photo.ts'

/** A video file or camera in an element, a camera's track, or decoded frames. */
export type FrameSource = HTMLVideoElement | MediaStreamTrack | ReadableStream<VideoFrame>

export interface TakenFrame {
  picture: HTMLVideoElement | VideoFrame
  /** Seconds of the video. */
  time: number
  /** Frames since the last one taken that were not. */
  skipped: number
  close(): void
}

export interface Frames {
  /** The newest frame that was not taken yet, or the next one; undefined where there will be none. */
  next(): Promise<TakenFrame | undefined>
  /** Gives the present picture once more, where the source holds it. */
  again?(): void
  /** Ends it: `next` gives nothing from now on, and what waits is freed. */
  stop(): void
}

/** Frames that a listener brings: the newest waits, and the others are let go. */
class Newest {
  private waiting?: TakenFrame
  private wake?: () => void
  private ended = false
  private failure?: { error: unknown }
  private skipped = 0

  offer(frame: TakenFrame): void {
    if (this.ended) {
      frame.close()
      return
    }
    if (this.waiting) {
      this.skipped += 1 + this.waiting.skipped
      this.waiting.close()
    }
    this.waiting = frame
    this.wake?.()
  }

  end(failure?: { error: unknown }): void {
    this.ended = true
    this.failure = failure
    this.wake?.()
  }

  drop(): void {
    this.end()
    this.waiting?.close()
    this.waiting = undefined
  }

  async take(): Promise<TakenFrame | undefined> {
    while (!this.waiting) {
      if (this.failure) throw this.failure.error
      if (this.ended) return undefined
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
      this.wake = undefined
    }
    const frame = { ...this.waiting, skipped: this.waiting.skipped + this.skipped }
    this.waiting = undefined
    this.skipped = 0
    return frame
  }
}

const nothing = () => {}

/** Calls `f` at each new picture of the element, with the pictures so far where they are counted; returns what ends it. */
function eachPicture(video: HTMLVideoElement, f: (presented?: number) => void): () => void {
  let handle: number
  if ('requestVideoFrameCallback' in video) {
    const ask = () => {
      handle = video.requestVideoFrameCallback((_, { presentedFrames }) => {
        ask()
        f(presentedFrames)
      })
    }
    ask()
    return () => video.cancelVideoFrameCallback(handle)
  }
  let last = -1
  const look = () => {
    handle = requestAnimationFrame(look)
    const { currentTime } = video
    if (currentTime !== last) f()
    last = currentTime
  }
  look()
  return () => cancelAnimationFrame(handle)
}

/** An element holds its own picture, so that nothing waits but the news of it. */
function ofElement(video: HTMLVideoElement): Frames {
  const newest = new Newest()
  let seen: number | undefined
  const end = eachPicture(video, (presented) => {
    const missed = presented === undefined || seen === undefined ? 0 : presented - seen - 1
    seen = presented
    offer(Math.max(0, missed))
  })
  const offer = (skipped: number) => newest.offer({ picture: video, time: video.currentTime, skipped, close: nothing })
  // A video that is paused presents no new picture.
  if (video.readyState >= 2) offer(0)
  /** While it seeks, as at the end of each round of a loop, an element has no picture. */
  const next = async () => {
    for (;;) {
      const frame = await newest.take()
      if (!frame || video.readyState >= 2) return frame
    }
  }
  return {
    next,
    again: () => {
      if (video.paused) offer(0)
    },
    stop: () => {
      end()
      newest.drop()
    },
  }
}

function ofStream(stream: ReadableStream<VideoFrame>): Frames {
  const newest = new Newest()
  const reader = stream.getReader()
  const pump = async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return newest.end()
      newest.offer({ picture: value, time: value.timestamp / 1e6, skipped: 0, close: () => value.close() })
    }
  }
  pump().catch((error) => newest.end({ error }))
  return {
    next: () => newest.take(),
    stop: () => {
      newest.drop()
      reader.cancel().catch(nothing)
    },
  }
}

/** A track without a processor plays in an element that nobody sees. */
function ofTrack(track: MediaStreamTrack): Frames {
  const { MediaStreamTrackProcessor: Processor } = globalThis as {
    MediaStreamTrackProcessor?: new (init: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> }
  }
  if (Processor) return ofStream(new Processor({ track }).readable)
  ensure(
    globalThis.document,
    'input',
    'this browser reads no tracks in workers: hand the worker the frames, or a stream of them',
  )
  const video = document.createElement('video')
  video.srcObject = new MediaStream([track])
  video.muted = true
  video.playsInline = true
  video.play().catch(nothing)
  const frames = ofElement(video)
  return {
    ...frames,
    stop: () => {
      frames.stop()
      video.srcObject = null
    },
  }
}

/** Throws `input` on what gives no frames. */
export function framesOf(source: FrameSource): Frames {
  if (isVideo(source)) return ofElement(source)
  if (typeof ReadableStream !== 'undefined' && source instanceof ReadableStream) return ofStream(source)
  const isTrack = typeof MediaStreamTrack !== 'undefined' && source instanceof MediaStreamTrack
  ensure(
    isTrack,
    'input',
    isVideoFrame(source)
      ? 'one VideoFrame is no stream: estimateDepth takes it'
      : 'a stream of depth comes from a video element, a MediaStreamTrack, or a ReadableStream of VideoFrames',
  )
  return ofTrack(source)
}
