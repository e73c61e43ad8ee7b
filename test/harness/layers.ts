// The layers of src/ and their imports.
import path from 'node:path'

/** Files of runtime/ that every layer above may use: types and pure helpers. */
const LEAVES = ['error', 'cache', 'tensor', 'op', 'node', 'layout', 'model', 'origin', 'path', 'profile'].map(
  (f) => `runtime/${f}.ts`,
)

interface Layer {
  files: RegExp
  /** Files of src/ it may import. */
  may: RegExp
  /** Packages it may import. */
  packages?: RegExp
}

const leaves = LEAVES.map((f) => f.replace('.', '\\.')).join('|')
const regex = (...parts: string[]) => new RegExp(`^(${parts.join('|')})`)

const LAYERS: Record<string, Layer> = {
  leaves: { files: regex(`(${leaves})$`), may: regex(leaves) },
  onnx: { files: regex('runtime/onnx/'), may: regex(leaves, 'runtime/onnx/', 'runtime/graph/') },
  graph: { files: regex('runtime/graph/'), may: regex(leaves, 'runtime/graph/') },
  passes: { files: regex('runtime/passes/'), may: regex(leaves, 'runtime/graph/', 'runtime/passes/') },
  compile: { files: regex('runtime/compile/'), may: regex(leaves, 'runtime/graph/', 'runtime/compile/') },
  gpu: { files: regex('runtime/gpu/'), may: regex(leaves, 'runtime/gpu/') },
  kernels: {
    files: regex('kernels/(?!(core|later|index)\\.)'),
    may: regex(leaves, 'kernels/shared/', 'shaders\\.gen'),
  },
  profile: { files: regex('profile/'), may: regex(leaves, 'profile/') },
  operators: { files: regex('kernels/(core|later|index)\\.'), may: regex(leaves, 'kernels/') },
  models: { files: regex('models/'), may: regex(leaves, 'api\\.ts', 'models/') },
  depth: {
    files: regex('depth/'),
    may: regex(leaves, 'api\\.ts', 'models/', 'depth/', 'engine\\.ts', 'shaders\\.gen'),
    packages: /^gl-matrix/,
  },
  formats: { files: regex('formats/'), may: regex(leaves, 'formats/', 'depth/types\\.ts') },
  engine: { files: regex('(api|engine|debug|tools|tune|index)\\.ts$'), may: regex('(?!node/|web/)') },
  node: { files: regex('node/', 'cli\\.ts$'), may: regex('(?!web/)'), packages: /^(node:|webgpu$|sharp$|commander$)/ },
  web: { files: regex('web/'), may: regex('(?!node/)') },
}

/** The name of a file's layer; the path is relative to src/. */
export const layerOf = (file: string): string | undefined =>
  Object.keys(LAYERS).find((name) => LAYERS[name].files.test(file))

/** Imports of a file that its layer forbids, in words. */
export function forbiddenImports(file: string, text: string): string[] {
  const layer = LAYERS[layerOf(file) ?? '']
  const found: string[] = []
  for (const m of text.matchAll(
    /(?:^|\n)\s*(?:import|export)[^'"\n]*?(?:\n[^'"]*?)?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  )) {
    const target = m[1] ?? m[2]
    const allowed = target.startsWith('.')
      ? layer.may.test(path.posix.join(path.posix.dirname(file), target))
      : !!layer.packages?.test(target)
    if (!allowed) found.push(`${file} imports ${target}`)
  }
  return found
}
