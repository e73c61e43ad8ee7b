// Elements of the page by their id, and small elements made by code.

/** The element of that id; the page's HTML has it. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const element = document.getElementById(id)
  if (!element) throw new Error(`the page has no element "${id}"`)
  return element as unknown as T
}

/** An element with properties, as `make('button', { type: 'button' }, 'Save')`. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

/** The checked radio button of a group follows `value`; `changed` is told what the user chooses. */
export function radios(name: string, value: string, changed?: (value: string) => void): void {
  for (const input of document.querySelectorAll<HTMLInputElement>(`input[type=radio][name="${name}"]`)) {
    input.checked = input.value === value
    if (changed) input.addEventListener('change', () => input.checked && changed(input.value))
  }
}

/** Fills a select; an option's `disabled` says why it cannot be chosen. */
export function options(
  select: HTMLSelectElement,
  list: readonly { value: string; label: string; disabled?: boolean }[],
  value: string,
): void {
  select.replaceChildren(...list.map((o) => make('option', { value: o.value, disabled: o.disabled ?? false }, o.label)))
  select.value = value
}

/** Hands a file to the browser's downloads. */
export function save(name: string, bytes: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([bytes], { type }))
  const link = make('a', { href: url, download: name })
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
