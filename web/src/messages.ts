// What the page says: progress over the picture, errors in a banner with the way out, and a line for screen readers.
import { byId, make } from './dom.ts'

const banner = byId('banner')
const busy = byId('busy')
const bar = byId<HTMLProgressElement>('busy-bar')
let opened: string | undefined

/** A way out of what went wrong. */
export interface Action {
  label: string
  run(): void
}

export function hideBanner(id?: string): void {
  if (id !== undefined && id !== opened) return
  banner.hidden = true
  opened = undefined
}

/** Shows a message until it is dismissed or something else takes its place; `id` lets its cause take it back. */
export function showBanner(text: string, { actions = [], id = '', tone = 'error' }: BannerOptions = {}): void {
  opened = id
  byId('banner-text').textContent = text
  byId('banner-actions').replaceChildren(
    ...actions.map(({ label, run }) => {
      const button = make('button', { type: 'button' }, label)
      button.addEventListener('click', () => {
        hideBanner()
        run()
      })
      return button
    }),
  )
  banner.dataset.tone = tone
  banner.hidden = false
}

export interface BannerOptions {
  actions?: Action[]
  id?: string
  tone?: 'error' | 'note'
}

byId('banner-close').addEventListener('click', () => hideBanner())

/** Says something to screen readers only. */
export function announce(text: string): void {
  byId('status').textContent = text
}

/** What is being done, with the share that is done where that is known; undefined ends it. */
export function showBusy(text: string | undefined, share?: number): void {
  busy.hidden = text === undefined
  if (text === undefined) return
  const line = byId('busy-text')
  if (line.textContent !== text) {
    line.textContent = text
    announce(text)
  }
  if (share === undefined) bar.removeAttribute('value')
  else bar.value = share
}

/** An error in words. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const sentence = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`
}
