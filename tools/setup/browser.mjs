// Finds a Chromium or Chrome for the tests in a browser. Where there is none, Debian's is installed with apt; elsewhere
// the set-up says how to get one, and those tests are skipped.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { aptSteps, hasApt, installNow, printPlan, privilege, readOs } from './install.mjs'
import { SetupError, say } from './shell.mjs'

// Fonts, since a browser without any draws no text.
const PACKAGES = ['chromium', 'fonts-dejavu-core']

/**
 * The whole of Chromium on SwiftShader's Vulkan: without it, a canvas of WebGPU ends the GPU's process. WebGL goes there,
 * too.
 */
export const browserFlags = [
  ...['--no-sandbox', '--enable-unsafe-webgpu', '--autoplay-policy=no-user-gesture-required'],
  ...['--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=vulkan', '--use-webgpu-adapter=swiftshader'],
  ...['--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
]

/** Where browsers lie when they are installed as usual. */
function knownPaths(platform, env) {
  if (platform === 'darwin') {
    const inside = ['Google Chrome', 'Chromium'].map((name) => `Applications/${name}.app/Contents/MacOS/${name}`)
    return inside.flatMap((at) => [`/${at}`, path.join(os.homedir(), at)])
  }
  if (platform === 'win32') {
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(Boolean)
    return folders.flatMap((folder) => [
      path.join(folder, 'Google/Chrome/Application/chrome.exe'),
      path.join(folder, 'Chromium/Application/chrome.exe'),
    ])
  }
  return ['chromium', 'google-chrome-stable', 'google-chrome'].map((name) => `/usr/bin/${name}`)
}

/** The browser's file: CHROME_PATH, or the first that is installed; undefined where there is none. */
export function findBrowser({ env = process.env, platform = process.platform, exists = fs.existsSync } = {}) {
  const { CHROME_PATH: given } = env
  if (given && !exists(given)) throw new SetupError(`CHROME_PATH names "${given}", which is not there.`)
  return given || knownPaths(platform, env).find((file) => exists(file))
}

const isDebian = (system) => system.ids[0] === 'debian' && hasApt(system)

/** In words: what is missing, and the way out. */
export function howToGetBrowser(system = readOs()) {
  const way = isDebian(system)
    ? `Run this, then try again:\n${printPlan(aptSteps(PACKAGES), true)}`
    : 'Install Google Chrome or Chromium, or name its program by CHROME_PATH.'
  return `There is no Chromium or Chrome, so the tests in a browser are skipped. ${way}`
}

export function setUpBrowser() {
  if (findBrowser()) return
  const system = readOs()
  const who = privilege()
  if (!isDebian(system) || who === undefined || process.env.ISOBATH_NO_INSTALL) return say(howToGetBrowser(system))
  installNow(
    'There is no Chromium for the tests in a browser. It is installed now, with the commands',
    aptSteps(PACKAGES),
    who,
  )
  if (!findBrowser()) throw new SetupError('The package chromium is installed, but /usr/bin/chromium is not there.')
}
