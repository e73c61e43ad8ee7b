// Progress on stderr for what takes over a second: one line that is rewritten on a terminal, now and then a plain
// line elsewhere.
import type { LoadEvent } from '../../api.ts'

const QUIET_MS = 1000
const TERMINAL_MS = 80
const PLAIN_MS = 5000

export interface Progress {
  /** Says what goes on now; shown only if the command has been running for a while. */
  say(text: string): void
  /** A listener for a load. */
  onLoad(event: LoadEvent): void
  /** Takes the line away. */
  end(): void
}

const STAGES: Record<LoadEvent['stage'], string> = {
  import: 'reading the model',
  passes: 'optimising the graph',
  compile: 'choosing kernels',
  tune: 'measuring variants of kernels',
  upload: 'uploading weights',
  pipelines: 'compiling shaders',
}

/** Progress that writes to `stream`. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const pause = stream.isTTY ? TERMINAL_MS : PLAIN_MS
  let next = performance.now() + QUIET_MS
  let text = ''
  let shown = false
  let timer: NodeJS.Timeout | undefined
  const show = () => {
    clearTimeout(timer)
    timer = undefined
    next = performance.now() + pause
    shown = true
    stream.write(stream.isTTY ? `\r\x1b[K${text.slice(0, Math.max(20, stream.columns - 1))}` : `${text}\n`)
  }
  // What is said too early waits for its time, and the last word before then is shown.
  const say = (what: string) => {
    text = what
    const wait = next - performance.now()
    if (wait <= 0) show()
    else timer ??= setTimeout(show, wait).unref()
  }
  return {
    say,
    onLoad: ({ stage, done, total }) => {
      const share = total > 1 ? ` ${Math.floor((100 * done) / total)} %` : ''
      say(`${STAGES[stage]}${share}`)
    },
    end: () => {
      clearTimeout(timer)
      timer = undefined
      if (shown && stream.isTTY) stream.write('\r\x1b[K')
      shown = false
    },
  }
}

/** `1:05`, `2:03:10`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const minutes = Math.floor(s / 60) % 60
  return s < 3600 ? `${minutes}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(minutes)}:${two(s % 60)}`
}

/** How far a batch is: `12/340, 3.2 images/s, 1:42 left`. Seconds since its first item was begun. */
export function formatBatch(done: number, total: number, seconds: number, what: string): string {
  if (!done || !(seconds > 0)) return `${done}/${total}`
  const rate = done / seconds
  const speed = rate >= 1 ? `${rate.toFixed(1)} ${what}s/s` : `${(1 / rate).toFixed(1)} s/${what}`
  return `${done}/${total}, ${speed}, ${formatDuration((total - done) / rate)} left`
}
