/**
 * Walking several row-major tensors together, in the row-major order of a common shape. Axes that are adjacent for every
 * tensor are merged first, so that the innermost run is as long as the layouts allow.
 */

/** Called once per innermost run: offsets of the run's first element in each tensor. Read before returning; reused. */
export type Run = (offsets: readonly number[]) => void

export interface Walk {
  /** Elements per run. */
  readonly length: number
  /** Stride of each tensor within a run. */
  readonly steps: readonly number[]
  readonly each: (run: Run) => void
}

interface Dim {
  readonly extent: number
  readonly strides: readonly number[]
}

/** Drops axes of extent 1 and merges an axis into its inner neighbour wherever every tensor steps through both evenly. */
function collapse(shape: readonly number[], strides: readonly (readonly number[])[]): Dim[] {
  const dims: Dim[] = []
  for (let at = shape.length - 1; at >= 0; at--) {
    const extent = shape[at] ?? 1
    if (extent === 1) continue
    const own = strides.map((list) => list[at] ?? 0)
    const inner = dims[0]
    if (inner !== undefined && own.every((stride, tensor) => stride === (inner.strides[tensor] ?? 0) * inner.extent))
      dims[0] = { extent: extent * inner.extent, strides: inner.strides }
    else dims.unshift({ extent, strides: own })
  }
  return dims
}

/** `strides[i]` are those of tensor i over the axes of `shape`, 0 where it is broadcast. */
export function walk(shape: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const dims = shape.includes(0) ? [{ extent: 0, strides: strides.map(() => 0) }] : collapse(shape, strides)
  const inner = dims.pop() ?? { extent: 1, strides: strides.map(() => 0) }
  return {
    length: inner.extent,
    steps: inner.strides,
    each: (run) => {
      if (inner.extent > 0) walkOuter(dims, strides.length, run)
    },
  }
}

function walkOuter(dims: readonly Dim[], tensors: number, run: Run): void {
  const offsets = new Array<number>(tensors).fill(0)
  const index = new Array<number>(dims.length).fill(0)
  for (;;) {
    run(offsets)
    let at = dims.length - 1
    for (; at >= 0; at--) {
      const { extent, strides } = dims[at] as Dim
      const next = (index[at] as number) + 1
      const rewind = next === extent
      index[at] = rewind ? 0 : next
      const move = rewind ? 1 - extent : 1
      for (let tensor = 0; tensor < tensors; tensor++)
        offsets[tensor] = (offsets[tensor] as number) + move * (strides[tensor] as number)
      if (!rewind) break
    }
    if (at < 0) return
  }
}
