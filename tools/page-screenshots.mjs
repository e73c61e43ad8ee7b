// Screenshots of the built page with a photograph: 1280 and 390 pixels wide, light and dark.
// node tools/page-screenshots.mjs [PHOTO] [FOLDER]; by default the sample picture, into out/.
import fs from 'node:fs'
import path from 'node:path'
import { openPage, root, shown } from './page/open.mjs'

const photo = path.resolve(process.argv[2] ?? path.join(root, 'assets/sample.jpg'))
const out = path.resolve(process.argv[3] ?? path.join(root, 'out'))

const { page, close } = await openPage()
try {
  fs.mkdirSync(out, { recursive: true })
  await shown(page)
  await page.setInputFiles('#photo-file', photo)
  await page.waitForFunction(
    (stem) => document.querySelector('#status').textContent.startsWith(`Depth of ${stem}`),
    path.parse(photo).name,
    { timeout: 120_000 },
  )
  await shown(page)
  for (const [width, height] of [
    [1280, 800],
    [390, 844],
  ])
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await page.waitForTimeout(400)
      const file = path.join(out, `page-${width}-${colorScheme}.png`)
      await page.screenshot({ path: file, fullPage: width < 900 })
      console.log(path.relative(process.cwd(), file))
    }
} finally {
  await close()
}
