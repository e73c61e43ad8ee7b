// Where the set-up looks for a browser, and what it says where there is none.
import { describe, expect, it } from 'vitest'
import { findBrowser, howToGetBrowser } from '../../tools/setup/browser.mjs'

describe('a browser for the tests', () => {
  const find = (platform: NodeJS.Platform, there: string[], env: NodeJS.ProcessEnv = {}) =>
    findBrowser({ platform, env, exists: (file: unknown) => there.includes(String(file)) })

  it('lies where systems put it', () => {
    expect(find('linux', ['/usr/bin/google-chrome'])).toBe('/usr/bin/google-chrome')
    expect(find('linux', ['/usr/bin/google-chrome', '/usr/bin/chromium'])).toBe('/usr/bin/chromium')
    const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
    expect(find('darwin', [mac])).toBe(mac)
    expect(find('linux', [])).toBeUndefined()
  })

  it('is the one that CHROME_PATH names', () => {
    expect(find('linux', ['/usr/bin/chromium', '/opt/chrome'], { CHROME_PATH: '/opt/chrome' })).toBe('/opt/chrome')
    expect(() => find('linux', ['/usr/bin/chromium'], { CHROME_PATH: '/nowhere' })).toThrow('CHROME_PATH')
  })

  it('is asked for in words', () => {
    const fedora = { ids: ['fedora'], codename: '', name: 'Fedora' }
    expect(howToGetBrowser(fedora)).toContain('Install Google Chrome or Chromium')
  })
})
