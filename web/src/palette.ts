// Colormaps as the page shows them: gradients, and the buttons that choose one.
import { colormaps, colormapTable } from 'isobath'
import { byId, make } from './dom.ts'
import { change, settings } from './settings.ts'

/** A CSS gradient of a colormap, from its first colour at the left. */
export function gradientOf(name: string, reversed = false): string {
  const table = colormapTable(name)
  const stops = Array.from({ length: 33 }, (_, i) => {
    const c = table[Math.min(255, (reversed ? 32 - i : i) * 8)]
    return `rgb(${c & 255} ${(c >> 8) & 255} ${(c >> 16) & 255})`
  })
  return `linear-gradient(to right, ${stops.join(', ')})`
}

export function initPalette(changed: () => void): void {
  for (const name of colormaps) {
    const input = make('input', { type: 'radio', name: 'colormap', value: name, checked: settings.colormap === name })
    input.addEventListener('change', () => {
      change({ colormap: name })
      changed()
    })
    const swatch = make('i')
    swatch.style.backgroundImage = gradientOf(name)
    byId('colormaps').append(make('label', { title: name }, input, swatch, make('span', {}, name)))
  }
  const invert = byId<HTMLInputElement>('invert')
  invert.checked = settings.invert
  invert.addEventListener('change', () => {
    change({ invert: invert.checked })
    changed()
  })
}
