// `node tools/zoo/write.mjs NAME FOLDER`: writes a network of the zoo as an .onnx file with its weights beside it.
import { buildNet, parseName, writeModel, ZooError } from './index.mjs'

const [name, folder = '.'] = process.argv.slice(2)
if (!name) {
  console.error('usage: node tools/zoo/write.mjs NAME[@SIZE] [FOLDER]    (names: node tools/zoo/list.mjs)')
  process.exit(2)
}
try {
  const { model, size } = parseName(name)
  console.log(writeModel(buildNet(name), folder, `${model.name}-${size.join('x')}`))
} catch (error) {
  if (!(error instanceof ZooError)) throw error
  console.error(error.message)
  process.exit(1)
}
