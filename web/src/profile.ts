// The profiler's report of the network on this device, in a dialog. The report is a document of its own, so that its
// style and this page's do not meet.
import { fromNumbers, type Tensor } from 'isobath'
import { type Profile, profileHtml, profileTrace } from 'isobath/profile'
import { byId, save } from './dom.ts'
import type { Progress } from './models.ts'
import type { Network } from './network.ts'

const dialog = byId<HTMLDialogElement>('report')
const frame = byId<HTMLIFrameElement>('report-frame')
let shown: Profile | undefined

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** Times every kernel of the open network on grey pictures. */
async function measure(network: Network, progress: Progress): Promise<Profile> {
  return network.use(async ({ engine, estimator }) => {
    const { session } = estimator
    if (!session) throw new Error('the network has no size yet: show it a picture first')
    const feeds: Record<string, Tensor> = {}
    for (const { name, dtype, shape } of session.inputs)
      feeds[name] = fromNumbers(dtype, shape, new Array(sizeOf(shape)).fill(0.5))
    const runs = engine.caps.software ? 3 : 20
    return session.profile(feeds, {
      runs,
      warmup: 1,
      onProgress: (done, total) => progress('Timing every kernel', done / total),
    })
  })
}

/** The report's document asks for the profile as soon as it is there. */
function send(): void {
  if (shown)
    frame.contentWindow?.postMessage({ profile: shown, theme: document.documentElement.dataset.theme }, location.origin)
}

/** Profiles and shows; the caller says what went wrong. */
export async function showProfile(network: Network, progress: Progress): Promise<void> {
  shown = await measure(network, progress)
  frame.src = new URL('report.html', document.baseURI).href
  dialog.showModal()
}

addEventListener('message', ({ source, data }) => {
  if (source === frame.contentWindow && data === 'ready') send()
})
byId('report-close').addEventListener('click', () => dialog.close())
dialog.addEventListener('close', () => frame.removeAttribute('src'))
byId('report-html').addEventListener('click', () => {
  if (shown) save('isobath-profile.html', profileHtml(shown), 'text/html')
})
byId('report-trace').addEventListener('click', () => {
  if (shown) save('isobath-trace.json', JSON.stringify(profileTrace(shown)), 'application/json')
})
