// Portable float maps of one channel: rows from the bottom up, the scale's sign tells the byte order
// (https://www.pauldebevec.com/Research/HDR/PFM/).
import { concat, fromLatin1, latin1, unusable, viewOf } from './bytes.ts'
import { checkFilled, type FloatImage } from './image.ts'

/** The bytes of a PFM file, little-endian. */
export function encodePfm(image: FloatImage): Uint8Array {
  checkFilled(image)
  const { width, height, values } = image
  const data = new Uint8Array(width * height * 4)
  const view = viewOf(data)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) view.setFloat32(at, values[(height - 1 - y) * width + x], true)
  return concat([latin1(`Pf\n${width} ${height}\n-1.0\n`), data])
}

/** Reads a PFM file of one channel, of either byte order; an `input` error names `name` and what is wrong. */
export function decodePfm(bytes: Uint8Array, name: string): FloatImage {
  const head = /^(P[fF])\s+(\d+)\s+(\d+)\s+([-+\d.eE]+)\s/.exec(fromLatin1(bytes.subarray(0, 128)))
  if (!head) unusable(name, 'it is no PFM')
  if (head[1] === 'PF') unusable(name, 'it holds three channels; depth has one')
  const [width, height, scale] = head.slice(2).map(Number)
  const wanted = width * height * 4
  const there = bytes.length - head[0].length
  if (there < wanted) unusable(name, `it is cut short: ${width} × ${height} takes ${wanted} bytes, ${there} are there`)
  const view = viewOf(bytes.subarray(head[0].length))
  const values = new Float32Array(width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) values[(height - 1 - y) * width + x] = view.getFloat32(at, scale < 0)
  return { width, height, values }
}
