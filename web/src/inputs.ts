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

/** `take` is given each file that the user hands to the page. */
export function initInputs(take: (file: File, kind: FileKind) => void): void {
  for (const [kind, name] of Object.entries(choosers) as [FileKind, string][]) {
    const input = byId<HTMLInputElement>(`${name}-file`)
    byId(`pick-${name}`).addEventListener('click', () => input.click())
    input.addEventListener('change', () => {
      const [file] = input.files ?? []
      if (file) take(file, kind)
      // The same file may be chosen again.
      input.value = ''
    })
  }
  const first = (data: DataTransfer | null) => {
    const file = data?.files[0]
    if (file) take(file, kindOf(file))
    return file !== undefined
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
    if (first(e.dataTransfer)) e.preventDefault()
  })
  addEventListener('paste', (e) => {
    if (first(e.clipboardData)) e.preventDefault()
  })
}
