// Prints `N passed, N failed, N skipped` from a report of vitest's JSON reporter. Fails if a test failed or none ran;
// a test file that does not load counts as one failed test.
import fs from 'node:fs'

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return { testResults: [] }
  }
}

const files = read(process.argv[2]).testResults
const states = files.flatMap((file) => file.assertionResults.map((test) => test.status))
const passed = states.filter((state) => state === 'passed').length
const broken = files.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((t) => t.status === 'failed'),
)
const failed = states.filter((state) => state === 'failed').length + broken.length
console.log(`${passed} passed, ${failed} failed, ${states.length + broken.length - passed - failed} skipped`)
process.exitCode = passed > 0 && failed === 0 ? 0 : 1
