// What EXIF tells of the camera (CIPA DC-008, Exif 3.0): the focal length of a camera with 35 mm film.

const EXIF_IFD = 0x8769
const FOCAL_LENGTH_35MM = 0xa405

/** Entries of the directory at `at`: of each tag its value, where that is one number of 16 or 32 bits. */
function readDirectory(view: DataView, at: number, little: boolean): Map<number, number> {
  const entries = new Map<number, number>()
  if (at + 2 > view.byteLength) return entries
  const count = view.getUint16(at, little)
  for (let i = 0, e = at + 2; i < count && e + 12 <= view.byteLength; i++, e += 12) {
    const type = view.getUint16(e + 2, little)
    if (view.getUint32(e + 4, little) !== 1) continue
    if (type === 3) entries.set(view.getUint16(e, little), view.getUint16(e + 8, little))
    if (type === 4) entries.set(view.getUint16(e, little), view.getUint32(e + 8, little))
  }
  return entries
}

/** FocalLengthIn35mmFilm in millimetres; undefined where it is not given, as 0 says, or the data is damaged. */
export function focalLength35mm(exif: Uint8Array): number | undefined {
  const start = String.fromCharCode(...exif.subarray(0, 4)) === 'Exif' ? 6 : 0
  const tiff = exif.subarray(start)
  if (tiff.length < 8) return undefined
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const little = tiff[0] === 0x49
  if (view.getUint16(2, little) !== 42) return undefined
  const pointer = readDirectory(view, view.getUint32(4, little), little).get(EXIF_IFD)
  return (pointer && readDirectory(view, pointer, little).get(FOCAL_LENGTH_35MM)) || undefined
}

/** The same of the first bytes of a JPEG file. */
export function jpegFocalLength35mm(file: Uint8Array): number | undefined {
  if (file[0] !== 0xff || file[1] !== 0xd8) return undefined
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    const [marker, length] = [file[at + 1], (file[at + 2] << 8) | file[at + 3]]
    const body = file.subarray(at + 4, at + 2 + length)
    if (marker === 0xda || length < 2) return undefined
    if (marker === 0xe1 && String.fromCharCode(...body.subarray(0, 4)) === 'Exif') return focalLength35mm(body)
    at += 2 + length
  }
  return undefined
}
