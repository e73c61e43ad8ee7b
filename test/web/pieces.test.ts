// Files of which not everything is in memory: what is not there yet is waited for, and little is kept.
import { describe, expect, it } from 'vitest'
import { whenThere } from '../../src/runtime/error.ts'
import { ArrivingFile, fileOnDisk } from '../../src/web/pieces.ts'

const MB = 1 << 20
const ramp = Uint8Array.from({ length: 10 * MB }, (_, i) => (i >> 12) % 251)

/** A file that counts the bytes read of it. */
function counted(bytes: Uint8Array<ArrayBuffer>) {
  const file = { size: bytes.length, read: 0 }
  const slice = (start: number, end: number) => {
    file.read += end - start
    return { arrayBuffer: async () => bytes.slice(start, end).buffer }
  }
  return Object.assign(file, { slice }) as unknown as Blob & typeof file
}

describe('a file on disk', () => {
  it('gives each piece when it has been read, those that follow at once', async () => {
    const file = counted(ramp)
    const { size, read } = fileOnDisk('m.data', file)
    expect(size).toBe(ramp.length)
    expect(() => read(5 * MB, 3)).toThrow('m.data is being read')
    expect(await whenThere(() => [...read(5 * MB, 3)])).toEqual([...ramp.subarray(5 * MB, 5 * MB + 3)])
    expect(read(6 * MB, 2)[0]).toBe(ramp[6 * MB])
    expect(await whenThere(() => read(10 * MB - 5, 5).length)).toBe(5)
    expect(file.read).toBeLessThan(10 * MB)
  })

  it('keeps what is needed together, whatever its size', async () => {
    const file = counted(new Uint8Array(100 * MB))
    const { read } = fileOnDisk('m.data', file)
    const all = () => [0, 1, 2, 3, 4].map((i) => read(i * 20 * MB, 20 * MB).length)
    expect(await whenThere(all)).toEqual(Array(5).fill(20 * MB))
  })

  it('that is gone is told', async () => {
    const gone = { size: 9, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotFoundError')) }) }
    const { read } = fileOnDisk('m.data', gone as unknown as Blob)
    await expect(whenThere(() => read(0, 4))).rejects.toThrow('m.data can no longer be read')
  })
})

describe('a file that arrives', () => {
  const none = async () => undefined

  it('gives what is there, its last piece when the whole was seen to be right', async () => {
    const file = new ArrivingFile('m.data', 8)
    let end = () => {}
    file.follow(
      new Promise((resolve) => {
        end = resolve
      }),
      none,
    )
    const order: string[] = []
    const first = whenThere(() => [...file.read(0, 4)]).then((v) => order.push(`first ${v}`))
    const last = whenThere(() => [...file.read(4, 4)]).then((v) => order.push(`last ${v}`))
    file.add(Uint8Array.of(1, 2, 3))
    file.add(Uint8Array.of(4, 5, 6, 7, 8))
    await first
    expect(() => file.read(4, 4)).toThrow('m.data is on its way')
    end()
    await last
    expect(order).toEqual(['first 1,2,3,4', 'last 5,6,7,8'])
    expect(() => file.add(Uint8Array.of(9))).toThrow('longer than the 8 bytes')
  })

  it('passes on why it does not', async () => {
    const file = new ArrivingFile('m.data', 8)
    file.follow(Promise.reject(new Error('the network is down')), none)
    await expect(whenThere(() => file.read(0, 4))).rejects.toThrow('the network is down')
  })

  it('is read from disk where it was stored', async () => {
    const file = new ArrivingFile('m.data', 8)
    file.add(new Uint8Array(8))
    file.follow(Promise.resolve(), async () => new Blob([Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)]))
    expect(await whenThere(() => [...file.read(6, 2)])).toEqual([7, 8])
  })
})
