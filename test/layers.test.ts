// Who may import whom: the table of the design, held against every import in src/.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { forbiddenImports, layerOf } from './harness/layers.ts'

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = fs
  .readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((f) => f.split(path.sep).join('/'))
  .filter((f) => f.endsWith('.ts') && !f.endsWith('.gen.ts'))
const read = (f: string) => fs.readFileSync(path.join(src, f), 'utf8')

describe('layers', () => {
  it('every file belongs to one', () => {
    expect(files.filter((f) => !layerOf(f))).toEqual([])
  })
  it('no file imports what its layer may not know', () => {
    expect(files.flatMap((f) => forbiddenImports(f, read(f)))).toEqual([])
  })
  it('only runtime/gpu, depth, the public types and the shells name GPU objects', () => {
    const named = files.filter(
      (f) =>
        /^(runtime\/(?!gpu\/)|kernels\/|models\/)/.test(f) &&
        /\bGPU[A-Z]\w+/.test(read(f).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    )
    expect(named).toEqual([])
  })
  it('no operator is known by name outside kernels and passes', () => {
    const runtime = files.filter((f) => /^runtime\/(?!passes\/)/.test(f))
    const named = runtime.filter((f) =>
      /'(Conv|MatMul|Softmax|Relu|Add|Concat|Resize|LayerNormalization)'/.test(read(f)),
    )
    expect(named).toEqual([])
  })
  it('finds a forbidden import', () => {
    expect(forbiddenImports('runtime/compile/compile.ts', "import { Conv } from '../../kernels/conv.ts'")).toHaveLength(
      1,
    )
    expect(forbiddenImports('runtime/gpu/session.ts', "import type { Graph } from '../graph/build.ts'")).toHaveLength(1)
    expect(forbiddenImports('kernels/conv.ts', "import { Pool } from './pool.ts'")).toHaveLength(1)
    expect(forbiddenImports('depth/map.ts', "import fs from 'node:fs'")).toHaveLength(1)
    expect(forbiddenImports('models/card.ts', "import { compile } from '../runtime/compile/compile.ts'")).toHaveLength(
      1,
    )
    expect(forbiddenImports('kernels/conv.ts', "import { call } from './shared/call.ts'")).toEqual([])
  })
})
