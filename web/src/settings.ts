// What the user has chosen, kept from visit to visit.
import { colormaps } from 'isobath'

export type View = 'split' | 'beside' | 'depth' | 'cloud'
export type RangeMode = 'auto' | 'robust' | 'manual'

export interface Settings {
  view: View
  colormap: string
  invert: boolean
  range: RangeMode
  /** Percent of the picture's width that shows the photograph. */
  wipe: number
  precision: 'auto' | 'f32' | 'f16'
  /** Metres that a relative map's nearest and farthest points are taken for. */
  near: number
  far: number
  /** Degrees across; used where nothing else tells the camera. */
  fov: number
  theme?: 'light' | 'dark'
}

const DEFAULTS: Settings = {
  view: 'split',
  colormap: 'inferno',
  invert: false,
  range: 'auto',
  wipe: 50,
  precision: 'auto',
  near: 1,
  far: 6,
  fov: 60,
}
const KEY = 'isobath-page'

/** What was kept, as far as it still makes sense. */
function load(): Settings {
  const settings = { ...DEFAULTS }
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    for (const key of Object.keys(DEFAULTS) as (keyof Settings)[])
      if (typeof kept[key] === typeof DEFAULTS[key]) Object.assign(settings, { [key]: kept[key] })
    if (kept.theme === 'light' || kept.theme === 'dark') settings.theme = kept.theme
  } catch {
    // A private window may keep nothing.
  }
  if (!(colormaps as readonly string[]).includes(settings.colormap)) settings.colormap = DEFAULTS.colormap
  if (!['split', 'beside', 'depth', 'cloud'].includes(settings.view)) settings.view = DEFAULTS.view
  // Fixed ends belong to the picture that they were set for.
  if (settings.range === 'manual') settings.range = DEFAULTS.range
  return settings
}

export const settings: Readonly<Settings> = load()

export function change(patch: Partial<Settings>): void {
  Object.assign(settings, patch)
  try {
    localStorage.setItem(KEY, JSON.stringify(settings))
  } catch {
    // As above.
  }
}
