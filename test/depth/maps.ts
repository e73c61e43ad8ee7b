// Maps for tests, from values.
import { storage } from '../../src/depth/gpu.ts'
import type { DepthMap } from '../../src/index.ts'
import { random } from '../harness/kernel.ts'
import { openEngine } from './reference.ts'

export async function makeMap(
  values: ArrayLike<number>,
  width: number,
  height: number,
  kind: DepthMap['kind'] = 'depth',
  unit: DepthMap['unit'] = 'metre',
): Promise<DepthMap> {
  const engine = await openEngine()
  const buffer = storage(engine, 'map', width * height * 4)
  engine.device.queue.writeBuffer(buffer, 0, Float32Array.from(values))
  return { buffer, width, height, kind, unit }
}

export const noise = (n: number, low: number, high: number, seed = 5) => {
  const next = random(seed)
  return Float32Array.from({ length: n }, () => low + (high - low) * next())
}
