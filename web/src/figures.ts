// Numbers as people read them.
import type { DepthMap } from 'isobath'

type Meaning = Pick<DepthMap, 'kind' | 'unit'>

/** Three digits that mean something, without an exponent where that can be. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en')
  if (size !== 0 && size < 1e-3) return value.toExponential(1)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

export const unitOf = ({ kind, unit }: Meaning): string => (unit === 'metre' ? 'm' : `relative ${kind}`)

/** A value with its unit: `1.87 m`, `0.412 relative disparity`. */
export const withUnit = (value: number, meaning: Meaning): string =>
  Number.isFinite(value) ? `${figure(value)} ${unitOf(meaning)}` : 'no value here'

export const milliseconds = (ms: number): string =>
  ms >= 1000
    ? `${(ms / 1000).toFixed(ms >= 10_000 ? 1 : 2)} s`
    : ms >= 10
      ? `${ms.toFixed(0)} ms`
      : `${ms.toFixed(1)} ms`

export const megabytes = (bytes: number): string =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(bytes >= 1e7 ? 0 : 1)} MB` : `${Math.ceil(bytes / 1e3)} kB`

/** Seconds as m:ss. */
export const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
