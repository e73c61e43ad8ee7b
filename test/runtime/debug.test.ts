import { describe, expect, it } from 'vitest'
import { watcher } from '../../src/debug.ts'
import { createEngine, fromNumbers } from '../../src/index.ts'
import { operators } from '../../src/kernels/index.ts'
import { compile } from '../../src/runtime/compile/compile.ts'
import { DEFAULT_CAPS } from '../../src/runtime/gpu/device.ts'
import type { Op } from '../../src/runtime/op.ts'
import { openDevice } from '../harness/gpu.ts'
import { makeGraph } from '../harness/graph.ts'
import { writeOnnx } from '../harness/onnx-writer.ts'

const model = writeOnnx({
  nodes: [
    { op: 'Softmax', inputs: ['x'], outputs: ['p'], name: '/softmax' },
    { op: 'Sqrt', inputs: ['p'], outputs: ['y'], name: '/root' },
  ],
  inputs: [{ name: 'x', shape: [2, 5] }],
  outputs: [{ name: 'y', shape: [2, 5] }],
})
const feeds = { x: fromNumbers('float32', [2, 5], [1, 2, 3, 4, 5, 5, 4, 3, 2, 1]) }

const run = async (debug: 0 | 1 | 2 | 3 | 4 | 5, check = false) => {
  const lines: string[] = []
  const engine = await createEngine({
    device: (await openDevice()).device,
    debug,
    check,
    log: (line) => lines.push(line),
  })
  const session = await engine.load(model)
  await session.run(feeds)
  engine.destroy()
  return lines.join('\n')
}

describe('debug', () => {
  it('says nothing at 0', async () => expect(await run(0)).toBe(''))
  it('1: passes and memory', async () => {
    const text = await run(1)
    expect(text).toContain('pass fuse tails: ')
    expect(text).toMatch(/memory: values \d+ bytes \(lower bound \d+\), weights 0 bytes, 1 dispatches/)
    expect(text).not.toContain('softmax(')
  })
  it('2: kernels', async () => expect(await run(2)).toMatch(/Softmax\+Sqrt softmax\w*\(.*COLS=5/))
  it('3: rewrites', async () => expect(await run(3)).toContain('Sqrt "/root" -> Softmax+Sqrt'))
  it('4: composed WGSL', async () => expect(await run(4)).toContain('const COLS: u32 = 5u;'))
  it('5: statistics of every value', async () =>
    expect(await run(5)).toMatch(/Softmax\+Sqrt "\/softmax" .*min 0\.1\d+ max 0\.7\d+ mean/))
  it('check agrees on a right program', async () => expect(await run(0, true)).toBe(''))
})

describe('check', () => {
  it('names the first node whose kernel differs from its twin', async () => {
    const graph = makeGraph([[4]], (b, x) => b.op('Relu', [b.op('Exp', [x])]))
    const program = compile(graph, operators, { caps: DEFAULT_CAPS })
    const twin: Op = { ...operators.get('Relu')!, cpu: () => [fromNumbers('float32', [4], [1, 2, 3, 5])] }
    const watch = watcher(
      { debug: 0, check: true, log: () => {} },
      graph,
      program,
      new Map([...operators, ['Relu', twin]]),
    )!
    const read = async () => fromNumbers('float32', [4], [1, 2, 3, 4])
    await expect(watch(1, read)).rejects.toThrow(
      'node "n" (Relu): element 3 of "n" is 4 on the GPU and 5 by its CPU twin',
    )
  })
})
