// The profile's report as a document of the page: it takes the profile from the page around it, and draws it with the
// report's own modules.
import '../../report/style.css'
import { reportData } from 'isobath/profile'

addEventListener('message', async ({ source, data }) => {
  if (source !== parent) return
  if (data.theme) document.documentElement.dataset.theme = data.theme
  document.getElementById('data')!.textContent = JSON.stringify(reportData(data.profile))
  await import('../../report/main.js')
})
parent.postMessage('ready', location.origin)
