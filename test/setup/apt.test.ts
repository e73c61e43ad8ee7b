// What the set-up reads from apt's sources, and the plan it makes for a machine without a Vulkan driver.
import { describe, expect, it } from 'vitest'

const tools = new URL('../../tools/setup/', import.meta.url)
const { parseSources, findSuite, sourceLike } = await import(new URL('apt.mjs', tools).href)
const { aptPlan } = await import(new URL('driver.mjs', tools).href)
const { printPlan } = await import(new URL('install.mjs', tools).href)

const ONE_LINE = `
# deb http://off.example/debian bookworm main
deb cdrom:[Debian 12]/ bookworm main
deb [arch=amd64,arm64 signed-by=/keys/debian.gpg] http://mirror.example/debian bookworm main contrib # note
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/security bookworm-security main
`

const DEB822 = `# a comment
Types: deb deb-src
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: https://mirror.example/debian
Suites: bookworm-backports
Components: main
`

describe('apt sources', () => {
  it('reads the one-line format', () => {
    const source = findSuite(parseSources(ONE_LINE, 'sources.list'), 'bookworm')
    expect(source).toEqual({
      uris: ['http://mirror.example/debian'],
      suites: ['bookworm'],
      components: ['main', 'contrib'],
      options: { architectures: 'amd64 arm64', 'signed-by': '/keys/debian.gpg' },
    })
    expect(sourceLike(source, 'bookworm-backports')).toMatchInlineSnapshot(`
      "Types: deb
      URIs: http://mirror.example/debian
      Suites: bookworm-backports
      Components: main
      Architectures: amd64 arm64
      Signed-By: /keys/debian.gpg
      "
    `)
  })

  it('reads deb822, keeps an inline key, and passes over what is switched off', () => {
    const sources = parseSources(DEB822, 'debian.sources')
    expect(findSuite(sources, 'bookworm-backports')).toBeUndefined()
    expect(sourceLike(findSuite(sources, 'bookworm'), 'bookworm-backports')).toMatchInlineSnapshot(`
      "Types: deb
      URIs: https://mirror.example/debian
      Suites: bookworm-backports
      Components: main
      Signed-By: 
       -----BEGIN PGP PUBLIC KEY BLOCK-----
       .
       abc
       -----END PGP PUBLIC KEY BLOCK-----
      "
    `)
  })
})

describe('the plan for a driver', () => {
  const nothingExists = () => false

  it('adds backports on Debian 12, from the same mirror', () => {
    const plan = aptPlan('bookworm', parseSources(ONE_LINE, 'sources.list'), nothingExists)
    expect(printPlan(plan, true)).toMatchInlineSnapshot(`
      "
      sudo tee /etc/apt/sources.list.d/bookworm-backports.sources >/dev/null <<'EOF'
      Types: deb
      URIs: http://mirror.example/debian
      Suites: bookworm-backports
      Components: main
      Architectures: amd64 arm64
      Signed-By: /keys/debian.gpg
      EOF
      sudo apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update
      sudo apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install -y --no-install-recommends -t bookworm-backports mesa-vulkan-drivers libvulkan1
      "
    `)
  })

  it('does not add backports twice, nor overwrite a file of that name', () => {
    const sources = parseSources('deb http://mirror.example/debian bookworm-backports main', 'x.list')
    expect(aptPlan('bookworm', sources).some((s: { write?: string }) => s.write)).toBe(false)
    const plan = aptPlan('bookworm', parseSources(ONE_LINE, 'sources.list'), () => true)
    expect(plan[0].write).toBe('/etc/apt/sources.list.d/isobath-bookworm-backports.sources')
  })

  it('needs a mirror to be known on Debian 12, and no more than an installation elsewhere', () => {
    expect(aptPlan('bookworm', [])).toBeUndefined()
    expect(printPlan(aptPlan('trixie', []), false)).not.toContain('-t ')
  })
})
