import { afterAll, describe, expect, it, vi } from 'vitest'
import { openEngine } from '../../src/node/index.ts'
import { pauseAfter, pausing } from '../../src/node/wait.ts'

/** A device and a buffer of it whose mapping is granted at the question `granted`, or refused with `error` then. */
function slow(granted: number, error?: Error) {
  let questions = 0
  let cancel: (() => void) | undefined
  const device = { pushErrorScope: vi.fn(), popErrorScope: vi.fn(async () => null) }
  const buffer = {
    mapAsync: () => {
      questions++
      if (questions < granted)
        return new Promise<void>((_, reject) => {
          cancel = () => reject(new DOMException('unmapped', 'AbortError'))
        })
      cancel = undefined
      return error ? Promise.reject(error) : Promise.resolve()
    },
    unmap: vi.fn(() => cancel?.()),
  }
  return { device, buffer, questions: () => questions, map: () => pausing.mapped(device as never, buffer as never) }
}

describe('waiting with pauses', () => {
  it('asks again until the mapping is granted, and leaves it mapped', async () => {
    const { device, buffer, questions, map } = slow(5)
    await map()
    expect(questions()).toBe(5)
    expect(buffer.unmap).toHaveBeenCalledTimes(4)
    expect(device.popErrorScope).toHaveBeenCalledTimes(5)
  })

  it('rejects with the reason of a refusal', async () => {
    await expect(slow(1, new Error('lost')).map()).rejects.toThrow('lost')
    await expect(slow(3, new Error('destroyed')).map()).rejects.toThrow('destroyed')
  })
})

describe('a pause', () => {
  it('grows with the time waited, up to a limit', () => {
    expect(pauseAfter(80, 1 / 8)).toBe(10)
    expect(pauseAfter(1e6, 1 / 8)).toBe(25)
  })

  it('covers most of what the shorter of two waits before took', () => {
    expect(pauseAfter(1, 1 / 8, [100, 300])).toBe(79)
    expect(pauseAfter(88, 1 / 8, [100, 300])).toBe(11)
  })

  it('is not long after a single wait, which may have compiled', () => {
    expect(pauseAfter(8, 1 / 8, [5000])).toBe(1)
  })
})

describe('on a device', async () => {
  const engine = await openEngine()
  afterAll(() => engine.destroy())
  const { device } = engine
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST

  it('reads what was written before', async () => {
    const buffer = device.createBuffer({ size: 16, usage })
    for (const value of [1, 2]) {
      device.queue.writeBuffer(buffer, 0, new Float32Array([0, value]))
      await pausing.mapped(device, buffer)
      expect(new Float32Array(buffer.getMappedRange())[1]).toBe(value)
      buffer.unmap()
    }
    await pausing.finished(device)
    buffer.destroy()
  })

  it('rejects for a destroyed buffer, without an error of the device', async () => {
    const errors: string[] = []
    const listen = (e: Event) => errors.push((e as GPUUncapturedErrorEvent).error.message)
    device.addEventListener('uncapturederror', listen)
    const buffer = device.createBuffer({ size: 16, usage })
    buffer.destroy()
    await expect(pausing.mapped(device, buffer)).rejects.toThrow()
    await pausing.finished(device)
    device.removeEventListener('uncapturederror', listen)
    expect(errors).toEqual([])
  })

  it('rejects for a device that is lost meanwhile', async () => {
    const other = await openEngine()
    const buffer = other.device.createBuffer({ size: 16, usage })
    other.destroy()
    await expect(pausing.mapped(other.device, buffer)).rejects.toThrow()
  })

  it('is how sessions wait for a software adapter', async () => {
    if (!engine.caps.software) return
    const mapped = vi.spyOn(pausing, 'mapped')
    const buffer = device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_SRC })
    const { submitAndRead } = await import('../../src/depth/gpu.ts')
    const bytes = await submitAndRead(engine, device.createCommandEncoder(), buffer, 16)
    expect(bytes.byteLength).toBe(16)
    expect(mapped).toHaveBeenCalled()
    mapped.mockRestore()
    buffer.destroy()
  })
})
