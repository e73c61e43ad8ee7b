// What is measured on a GPU, the most telling first, and the small stand-in for trying the script without one.

export const GRAPHS = [
  'depth_anything_s_518',
  'depth_anything_b_518',
  'dpt_large_384',
  'depth_anything_l_518',
  'swin2_t_256',
  'efficientnet_lite3_256',
]

/** Measured with `--small`, and the factor by which its sections may take longer. */
export const SMALL = ['efficientnet_lite3_256']
export const SMALL_FACTOR = 8

/** Files of kernel tests, those with variants for GPUs first; any other file follows. */
export const TESTS = ['matrix', 'matmul', 'conv', 'attention', 'variants', 'softmax', 'layerNorm', 'reduce', 'resize']

/**
 * The sections of a run: a name, the seconds it may take, and what it does. Every model is first compared with its
 * peers in float16, then in float32; profiles of the heaviest come before the float32 figures of the smallest.
 */
export function planOf(graphs) {
  const compare = (graph, precision) => ({
    name: `${graph} ${precision}`,
    kind: 'compare',
    graph,
    precision,
    seconds: 75,
  })
  const [first, ...others] = graphs
  return [
    { name: 'adapter', kind: 'adapter', seconds: 30 },
    compare(first, 'f16'),
    { name: 'kernels', kind: 'kernels', seconds: 150 },
    { name: `profile ${first} f16`, kind: 'profile', graph: first, precision: 'f16', seconds: 40 },
    ...others.map((g) => compare(g, 'f16')),
    ...[first, ...others].map((g) => compare(g, 'f32')),
    ...others.map((g) => ({ name: `profile ${g} f16`, kind: 'profile', graph: g, precision: 'f16', seconds: 40 })),
    { name: `profile ${first} f32`, kind: 'profile', graph: first, precision: 'f32', seconds: 40 },
  ]
}
