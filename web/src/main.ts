// Wires the page's controls to the app, and opens it with the sample.
import './theme.ts'
import { type CardOptions, modelCards } from 'isobath'
import { readModel as openModelFile } from 'isobath/web'
import { App } from './app.ts'
import { byId, make, options, radios } from './dom.ts'
import { fovFor, type Kind } from './downloads.ts'
import { initInputs } from './inputs.ts'
import { Live } from './live.ts'
import { hideBanner, showBusy } from './messages.ts'
import { addModel, entries, fetchOwn, readModel, sizesOf } from './models.ts'
import { initPalette } from './palette.ts'
import { initRange, showRange } from './range.ts'
import { change, settings, type View } from './settings.ts'
import { setView } from './stage.ts'

const app = new App()
const live = new Live(app)
app.player = live
const sample = new URL('../../assets/sample.jpg', import.meta.url)
/** The sample beside its depth. */
const sampleDepth = new URL('../../docs/sample-depth.jpg', import.meta.url)
const model = byId<HTMLSelectElement>('model')
const size = byId<HTMLSelectElement>('size')
const precision = byId<HTMLSelectElement>('precision')
const kind = byId<HTMLSelectElement>('kind')
const norm = byId<HTMLSelectElement>('norm')

const KINDS: Record<string, { label: string; card: CardOptions }> = {
  disparity: { label: 'near is large', card: { kind: 'disparity' } },
  depth: { label: 'far is large', card: { kind: 'depth' } },
  metres: { label: 'metres', card: { kind: 'depth', unit: 'metre' } },
}
const NORMS: Record<string, { label: string; card: CardOptions }> = {
  imagenet: { label: 'ImageNet’s mean', card: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } },
  signed: { label: '−1 to 1', card: { mean: 0.5, std: 0.5 } },
  unit: { label: '0 to 1', card: { mean: 0, std: 1 } },
}
const labels = (table: Record<string, { label: string }>) =>
  Object.entries(table).map(([value, { label }]) => ({ value, label }))

/** The controls of the network, as the app stands. */
function showNetwork(): void {
  options(
    model,
    entries.map((e) => ({ value: e.id, label: e.title })),
    app.entry.id,
  )
  byId('model-about').textContent = app.entry.about
  const sizes = app.model ? sizesOf(app.model) : []
  const text = (s: { width: number; height: number }) => `${s.width} × ${s.height}`
  options(
    size,
    sizes.map((s, i) => ({ value: i ? text(s) : '', label: text(s) })),
    app.size ? text(app.size) : '',
  )
  size.disabled = sizes.length < 2
  const { engine } = app.network
  const f16 = engine?.caps.f16 ?? true
  options(
    precision,
    [
      { value: 'auto', label: engine ? `Automatic (${engine.precision})` : 'Automatic' },
      { value: 'f32', label: 'float32' },
      { value: 'f16', label: f16 ? 'float16' : 'float16: not here', disabled: !f16 },
    ],
    settings.precision,
  )
  const chip = byId('adapter')
  chip.hidden = !engine
  if (engine) {
    const { description, device, vendor, architecture } = engine.device.adapterInfo
    chip.textContent = description || device || [vendor, architecture].filter(Boolean).join(' ') || 'WebGPU'
    chip.title = `Computes on ${chip.textContent}, ${engine.precision}`
  }
  const { guesses } = app.model ?? {}
  byId('meaning').hidden = !guesses
  if (guesses) byId('guesses').textContent = guesses.join(' ')
  const metric = app.result?.unit === 'metre'
  const map = app.result?.map
  const teller = map?.camera && TELLERS[map.camera.source]
  byId('fov').closest<HTMLElement>('.field')!.hidden = !!teller
  byId('space-about').textContent =
    (teller ? `The ${teller} tells the view angle, ${fovFor(map!).toFixed(0)}°. ` : '') +
    (metric ? 'The network gives metres.' : 'This depth has no unit. For points, its near and far end are taken for:')
  for (const id of ['near', 'far']) byId(id).closest<HTMLElement>('.field')!.hidden = metric
}

/** Who knows the view angle, by the source of a map's camera. */
const TELLERS: Record<string, string | undefined> = { exif: 'photograph', model: 'network' }

/** A network of the user's; the other files may hold its weights. */
async function openOwn(file: File, others: File[]): Promise<void> {
  showBusy(`Reading ${file.name}`)
  try {
    const beside = Object.fromEntries(others.map((other) => [other.name, other]))
    await app.choose(addModel(readModel(await openModelFile(file, beside))))
  } catch (e) {
    app.fail(e)
  }
}

async function openAddress(address: string): Promise<void> {
  try {
    await app.choose(addModel(await fetchOwn(address, showBusy, new AbortController().signal)))
  } catch (e) {
    app.fail(e)
  }
}

/** The networks whose files are known by their names: whose they are, and under which licence. */
function listCards(): void {
  for (const { name, parameters, licence, source } of modelCards) {
    const title = /^https:/.test(source) ? make('a', { href: source, rel: 'noopener' }, name) : name
    const size = parameters ? `, ${parameters} million weights` : ''
    byId('cards').append(make('li', {}, title, `${size}. ${licence}`))
  }
}

/** Reads the user's own network as the two selects say. */
async function reread(): Promise<void> {
  const { source } = app.model!
  try {
    const card = { ...KINDS[kind.value].card, ...NORMS[norm.value].card }
    await app.choose(addModel(readModel(source, card)))
  } catch (e) {
    app.fail(e)
  }
}

function numbers(): void {
  for (const key of ['near', 'far', 'fov'] as const) {
    const input = byId<HTMLInputElement>(key)
    input.value = String(settings[key])
    input.addEventListener('change', () => {
      const value = Number(input.value)
      const good = input.value !== '' && input.checkValidity() && value > 0
      if (good) change({ [key]: value })
      else input.value = String(settings[key])
      if (good) void app.showCloud(true)
    })
  }
}

function wire(): void {
  app.changed = showNetwork
  initPalette(() => {
    showRange()
    void app.paint()
  })
  initRange(() => void app.paint())
  radios('view', settings.view, (view) => {
    change({ view: view as View })
    setView(view as View)
    if (view === 'cloud') live.hold()
    void app.showCloud()
  })
  setView(settings.view)
  initInputs((file, what, others) => {
    hideBanner()
    if (what === 'model') void openOwn(file, others)
    else if (what === 'picture') void app.show(file, file.name)
    else live.openFile(file).catch((e) => app.fail(e))
  })
  byId('pick-camera').addEventListener('click', () => live.openCamera().catch((e) => app.fail(e)))
  byId('pick-sample').addEventListener('click', () => void showSample())
  model.addEventListener('change', () => void app.choose(entries.find((e) => e.id === model.value)!))
  size.addEventListener('change', () => {
    const [width, height] = size.value.split(' × ').map(Number)
    app.size = size.value ? { width, height } : undefined
    void app.reopen()
  })
  precision.addEventListener('change', () => {
    change({ precision: precision.value as typeof settings.precision })
    void app.reopen()
  })
  options(kind, labels(KINDS), 'disparity')
  options(norm, labels(NORMS), 'imagenet')
  for (const select of [kind, norm]) select.addEventListener('change', () => void reread())
  byId('saves').addEventListener('click', (e) => {
    const button = (e.target as Element).closest<HTMLElement>('[data-save]')
    if (button) void app.download(button.dataset.save as Kind)
  })
  byId('profile').addEventListener('click', async () => {
    await live.suspend()
    try {
      const { showProfile } = await import('./profile.ts')
      await showProfile(app.network, showBusy)
    } catch (e) {
      app.fail(e)
    } finally {
      showBusy(undefined)
      live.resume()
    }
  })
  byId('fetch').addEventListener('submit', (e) => {
    e.preventDefault()
    void openAddress(byId<HTMLInputElement>('address').value)
  })
  listCards()
  numbers()
  showNetwork()
}

async function showSample(): Promise<void> {
  try {
    const response = await fetch(sample)
    await app.show(await response.blob(), 'sample.jpg', sampleDepth)
  } catch (e) {
    app.fail(e)
  }
}

wire()
void showSample()
void app.choose(app.entry)
