// A depth map's way to the GPU and back, to another size, and its end.
import type { Engine } from '../api.ts'
import { ensure } from '../runtime/error.ts'
import { storage, submitAndRead } from './gpu.ts'
import { postprocessCall } from './postprocess.ts'
import type { Size } from './size.ts'
import type { DepthMap } from './types.ts'
import { within } from './workspace.ts'

/** The map's values, `width * height` of them; NaN where there is no value. */
export async function readDepth(engine: Engine, map: DepthMap): Promise<Float32Array> {
  const encoder = engine.device.createCommandEncoder({ label: 'read depth' })
  return new Float32Array(await submitAndRead(engine, encoder, map.buffer, map.width * map.height * 4))
}

/** A map of the host's values, row-major. Its buffer is the caller's to free. */
export function uploadDepth(engine: Engine, image: Omit<DepthMap, 'buffer'> & { values: Float32Array }): DepthMap {
  const { values, ...meaning } = image
  const { width, height } = image
  ensure(
    values.length === width * height,
    'shape',
    `${values.length} values do not fill a map of ${width} × ${height} pixels`,
  )
  const buffer = storage(engine, 'depth map', values.byteLength)
  engine.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>)
  return { ...meaning, buffer }
}

/** A map at another size, sampled at half-pixel centres without antialias, as OpenCV resizes. */
export async function resizeDepth(
  engine: Engine,
  map: DepthMap,
  { width, height }: Size,
  upsample: 'bilinear' | 'bicubic' = 'bilinear',
): Promise<DepthMap> {
  const { kind, unit } = map
  return within(engine, {}, async (work) => {
    const buffer = work.result('resized depth map', width * height * 4)
    const result = {
      ...{ width, height, kind, unit, buffer: map.buffer },
      ...{ dtype: 'float32', stride: 1, columns: map.width, view: 1 },
      box: { left: 0, top: 0, width: map.width, height: map.height },
      part: { left: 0, top: 0, width, height },
      rule: { kind, unit, upsample, alignCorners: false },
      factor: work.data('one', 'one', () => Float32Array.of(1, 0, 0, 0)),
    }
    const encoder = engine.device.createCommandEncoder({ label: 'resize depth' })
    await work.encode(encoder, [postprocessCall(work, result, buffer)])
    engine.device.queue.submit([encoder.finish()])
    return { kind, unit, width, height, buffer }
  })
}

/** Frees the map's buffer. */
export function destroyDepth(map: DepthMap): void {
  map.buffer.destroy()
}
