// Reading and freeing a depth map.
import type { Engine } from '../api.ts'
import { submitAndRead } from './gpu.ts'
import type { DepthMap } from './types.ts'

/** The map's values, `width * height` of them; NaN where there is no value. */
export async function readDepth(engine: Engine, map: DepthMap): Promise<Float32Array> {
  const encoder = engine.device.createCommandEncoder({ label: 'read depth' })
  return new Float32Array(await submitAndRead(engine, encoder, map.buffer, map.width * map.height * 4))
}

/** Frees the map's buffer. */
export function destroyDepth(map: DepthMap): void {
  map.buffer.destroy()
}
