// Light or dark: what the system says, or what the button said last.
import { byId } from './dom.ts'
import { change, settings } from './settings.ts'

const root = document.documentElement
const system = matchMedia('(prefers-color-scheme: dark)')
const button = byId('theme')

const isDark = () => (settings.theme ? settings.theme === 'dark' : system.matches)

function show(): void {
  if (settings.theme) root.dataset.theme = settings.theme
  const dark = isDark()
  button.setAttribute('aria-label', `Switch to the ${dark ? 'light' : 'dark'} theme`)
  button.querySelector('use')!.setAttribute('href', dark ? '#i-sun' : '#i-moon')
}

button.addEventListener('click', () => {
  change({ theme: isDark() ? 'light' : 'dark' })
  show()
})
system.addEventListener('change', show)
show()
