// Makes a checkout ready to run: packages, a Vulkan driver where WebGPU finds no adapter, with --browser a browser for
// tests, and with --build a build. Safe to repeat; when all is there it takes a second.
import { setUpBrowser } from './browser.mjs'
import { setUpDriver } from './driver.mjs'
import { setUpPackages } from './packages.mjs'
import { SetupError, say } from './shell.mjs'

const OPTIONS = ['--build', '--browser']
const USAGE = 'usage: node tools/setup/setup.mjs [--build] [--browser]'

async function main(args) {
  const unknown = args.filter((arg) => !OPTIONS.includes(arg))
  if (unknown.length) throw new SetupError(`unknown argument ${unknown[0]}\n${USAGE}`)
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node ${process.versions.node} is too old: 20.19 or newer is needed.`)
  }
  setUpPackages()
  setUpDriver()
  if (args.includes('--browser')) setUpBrowser()
  if (args.includes('--build')) {
    const { build, upToDate } = await import('../build.mjs')
    if (!upToDate()) build()
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  say(error.message)
  process.exitCode = 1
}
