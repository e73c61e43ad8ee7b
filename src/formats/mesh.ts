// Triangles over the pixels of a depth map, cut where depth jumps.

export interface GridMesh {
  /** Three vertices a triangle, counted over the pixels that have a vertex; front sides face the camera. */
  indices: Uint32Array
  /** Texture coordinates of each vertex: its pixel's centre, from the top left corner. */
  uvs: Float32Array
}

/**
 * A mesh over `z`, the distances of `width × height` pixels. Each finite positive one is a vertex, in row-major order,
 * as `unproject` makes its points. A triangle is left out where its farthest vertex is more than 1 + `edge` times as
 * far as its nearest one.
 */
export function gridMesh(z: Float32Array, width: number, height: number, edge = 0.05): GridMesh {
  const vertex = new Int32Array(z.length).fill(-1)
  let count = 0
  for (let i = 0; i < z.length; i++) if (z[i] > 0 && z[i] < Infinity) vertex[i] = count++
  const uvs = new Float32Array(count * 2)
  for (let i = 0; i < z.length; i++)
    if (vertex[i] >= 0) uvs.set([((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height], vertex[i] * 2)

  const indices = new Uint32Array(Math.max(0, width - 1) * Math.max(0, height - 1) * 6)
  let n = 0
  const put = (a: number, b: number, c: number) => {
    const near = Math.min(z[a], z[b], z[c])
    if (vertex[a] < 0 || vertex[b] < 0 || vertex[c] < 0 || Math.max(z[a], z[b], z[c]) > near * (1 + edge)) return
    indices[n++] = vertex[a]
    indices[n++] = vertex[b]
    indices[n++] = vertex[c]
  }
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0; x + 1 < width; x++) {
      const a = y * width + x
      const [b, c, d] = [a + 1, a + width, a + width + 1]
      // Along the diagonal with the smaller jump; with one corner missing, the triangle of the other three.
      if (vertex[a] >= 0 && vertex[d] >= 0 && !(Math.abs(z[a] - z[d]) > Math.abs(z[b] - z[c]))) {
        put(a, c, d)
        put(a, d, b)
      } else {
        put(a, c, b)
        put(b, c, d)
      }
    }
  return { indices: indices.slice(0, n), uvs }
}
