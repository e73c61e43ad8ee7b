// The report: one HTML file with the profile's data, style and scripts inside; it asks the network for nothing.
import { adapterName, type Profile } from '../runtime/profile.ts'
import { compareProfiles } from './compare.ts'
import { GROUPINGS, groupRows } from './group.ts'
import { script, style } from './report.gen.ts'

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)

/** JSON that may stand within a script element. */
const embed = (value: unknown): string => JSON.stringify(value).replace(/</g, '\\u003c')

/** What the report's script (report/) draws: the profile, its groups and, with `before`, what changed since. */
export const reportData = (profile: Profile, before?: Profile) => ({
  profile,
  adapter: adapterName(profile),
  groups: Object.fromEntries(GROUPINGS.map((by) => [by, groupRows(profile, by)])),
  comparison: before && compareProfiles(before, profile),
})

/** A self-contained report of a profile; with `before`, an earlier profile, also what changed since. */
export function profileHtml(profile: Profile, before?: Profile): string {
  const title = escapeHtml(`Profile of ${profile.model ?? 'a model'}`)
  const data = embed(reportData(profile, before))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
${style}</style>
</head>
<body>
<noscript>This report draws itself with JavaScript.</noscript>
<main id="report"></main>
<script type="application/json" id="data">${data}</script>
<script>
${script}</script>
</body>
</html>
`
}
