// What a command's MODEL argument names: an .onnx file, or a network of the zoo.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ModelSource } from '../../api.ts'
import { IsobathError } from '../../runtime/error.ts'
import { readModel } from '../model.ts'

/** The zoo builds networks with seeded weights. It is a tool of the repository, not a part of the package. */
const ZOO = new URL('../../../tools/zoo/index.mjs', import.meta.url)

/** Opens FILE.onnx, or `zoo:NAME[@SIZE]`. Throws `input` where the zoo or the name is not there. */
export async function openModel(name: string): Promise<ModelSource> {
  if (!name.startsWith('zoo:')) return readModel(name)
  if (!existsSync(fileURLToPath(ZOO)))
    throw new IsobathError(
      'input',
      `"${name}": the zoo lies in Isobath's repository, not in the package. Name an .onnx file`,
    )
  const zoo = await import(ZOO.href)
  try {
    return zoo.buildModel(name)
  } catch (cause) {
    if (!(cause instanceof zoo.ZooError)) throw cause
    throw new IsobathError('input', (cause as Error).message, { cause })
  }
}
