// Files on their way in: dropped, pasted or chosen.
import { byId } from './dom.ts'

export type FileKind = 'picture' | 'video' | 'model'

/** What a file is, by its type or its name. */
function kindOf({ name, type }: File): FileKind {
  if (/\.onnx$/i.test(name)) return 'model'
  if (type.startsWith('video/') || /\.(mp4|m4v|mov|webm|mkv|ogv)$/i.test(name)) return 'video'
  return 'picture'
}

const choosers: Record<FileKind, string> = { picture: 'photo', video: 'video', model: 'model' }

/** `take` is given each file that the user hands to the page, of several the network or the first, and the others. */
export function initInputs(take: (file: File, kind: FileKind, others: File[]) => void): void {
  const give = (files: FileList | null | undefined, kind?: FileKind) => {
    const all = [...(files ?? [])]
    const file = all.find((f) => kindOf(f) === 'model') ?? all[0]
    if (!file) return false
    take(
      file,
      kind ?? kindOf(file),
      all.filter((f) => f !== file),
    )
    return true
  }
  for (const [kind, name] of Object.entries(choosers) as [FileKind, string][]) {
    const input = byId<HTMLInputElement>(`${name}-file`)
    byId(`pick-${name}`).addEventListener('click', () => input.click())
    input.addEventListener('change', () => {
      give(input.files, kind)
      // The same file may be chosen again.
      input.value = ''
    })
  }
  // Children send their own enter and leave events: the drag is over when the last of them was left.
  let depth = 0
  const mark = (by: number) => {
    depth = Math.max(0, depth + by)
    document.body.classList.toggle('dragging', depth > 0)
  }
  const carriesFiles = (e: DragEvent) => e.dataTransfer?.types.includes('Files')
  addEventListener('dragenter', (e) => carriesFiles(e) && mark(1))
  addEventListener('dragleave', (e) => carriesFiles(e) && mark(-1))
  addEventListener('dragover', (e) => carriesFiles(e) && e.preventDefault())
  addEventListener('drop', (e) => {
    mark(-depth)
    if (give(e.dataTransfer?.files)) e.preventDefault()
  })
  addEventListener('paste', (e) => {
    if (give(e.clipboardData?.files)) e.preventDefault()
  })
}
