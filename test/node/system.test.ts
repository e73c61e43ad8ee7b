import { describe, expect, it } from 'vitest'
import { adapterAdvice, parseOsRelease, type System } from '../../src/node/system.ts'

const linux = (text: string): System => ({ platform: 'linux', arch: 'x64', glibc: '2.36', ...parseOsRelease(text) })

describe('adapterAdvice', () => {
  it('names the backports on Debian 12', () => {
    const advice = adapterAdvice(
      linux('ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"'),
    ).join('\n')
    expect(advice).toContain('bookworm-backports main')
    expect(advice).toContain('apt-get install -t bookworm-backports mesa-vulkan-drivers libvulkan1')
  })

  it.each(['ID=debian\nVERSION_ID="13"', 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"'])(
    'is plain for %j',
    (text) => {
      const advice = adapterAdvice(linux(text)).join('\n')
      expect(advice).toContain('sudo apt-get install mesa-vulkan-drivers libvulkan1')
      expect(advice).not.toContain('backports')
    },
  )

  it('knows relatives of a distribution', () => {
    expect(adapterAdvice(linux('ID=manjaro\nID_LIKE="arch"')).join('\n')).toContain('pacman -S vulkan-swrast')
  })

  it('uses words elsewhere', () => {
    expect(adapterAdvice(linux('ID=ubuntu\nVERSION_ID="22.04"')).join('\n')).toContain('from version 25')
    expect(adapterAdvice({ ...linux('ID=alpine'), glibc: 'musl' }).join('\n')).toContain('needs glibc')
    expect(adapterAdvice({ ...linux(''), platform: 'darwin' }).join('\n')).toContain('Metal')
    expect(adapterAdvice({ ...linux(''), platform: 'win32' }).join('\n')).toContain('Direct3D 12')
    expect(adapterAdvice({ ...linux(''), platform: 'freebsd' }).join('\n')).toContain('not for freebsd')
  })
})
