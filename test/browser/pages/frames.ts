// What the pages and workers of test/browser/ share: frames of known values, and streams of depth that end by themselves.
import type { DepthEstimator } from 'isobath'
import { createDepthStream } from 'isobath/web'

/** A grey picture: one byte a pixel. */
export interface Grey {
  width: number
  height: number
  luma: Uint8Array
}

/** A frame as decoders leave it: full-range YUV. `timestamp`: microseconds. */
export function greyFrame({ width, height, luma }: Grey, timestamp = 0): VideoFrame {
  const data = new Uint8Array((width * height * 3) / 2).fill(128)
  data.set(luma)
  const colorSpace = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'bt709', fullRange: true } as const
  return new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp, colorSpace })
}

/** The ranges of the first `count` frames, and the size of the canvas on which they were shown. Ends the estimator. */
export async function rangesOf(
  estimator: DepthEstimator,
  source: MediaStreamTrack | ReadableStream<VideoFrame>,
  canvas: HTMLCanvasElement | OffscreenCanvas,
  count: number,
) {
  const controller = new AbortController()
  const ranges: ([number, number] | null)[] = []
  const stream = createDepthStream(estimator, source, {
    canvas,
    signal: controller.signal,
    onFrame: ({ range }) => {
      if (ranges.push(range) === count) controller.abort()
    },
  })
  await stream.done
  estimator.destroy()
  return { ranges, width: canvas.width, height: canvas.height }
}
