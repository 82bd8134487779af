/** One slice of a state in memory: where its elements belong among those of the whole, and putting them there. */
import type { Memory } from './memory.ts'

/** A dense slice, and the runs of neighbouring elements that it consists of in the whole. */
export interface StateSlice {
  /** Block of the slice. */
  readonly from: number
  readonly runBytes: number
  /** Bytes from the beginning of the whole, one for each run. */
  readonly offsets: readonly number[]
}

/**
 * The slice of a row-major tensor with these extents at the positions given (null: the axis is not addressed). Empty when a
 * position is outside.
 */
export function stateSlice(
  extents: readonly number[],
  positions: readonly (number | null)[],
  elementBytes: number,
  from: number,
): StateSlice {
  if (positions.some((position, axis) => position !== null && (position < 0 || position >= (extents[axis] ?? 0))))
    return { from, runBytes: 0, offsets: [] }
  let step = elementBytes
  let runBytes = elementBytes
  let isContiguous = true
  let offsets = [0]
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const extent = extents[axis] ?? 0
    const position = positions[axis] ?? null
    const [stride, before] = [step, offsets]
    if (position !== null) offsets = before.map((offset) => offset + position * stride)
    else if (isContiguous) runBytes *= extent
    else offsets = Array.from({ length: extent }, (_, index) => before.map((offset) => offset + index * stride)).flat()
    isContiguous &&= position === null
    step *= extent
  }
  return { from, runBytes, offsets }
}

export function writeSlice(memory: Memory, { from, runBytes, offsets }: StateSlice, to: number): void {
  const [first, second] = offsets
  if (first === undefined || runBytes === 0) return
  const stride = (second ?? first) - first
  const isEven = offsets.every((offset, run) => offset === first + run * stride)
  const runs = { from, fromStride: runBytes, to, toStride: stride, bytes: runBytes }
  if (isEven) memory.copyRuns({ ...runs, fromByte: 0, toByte: first, count: offsets.length })
  else for (const [run, offset] of offsets.entries()) memory.copy(from, run * runBytes, to, offset, runBytes)
}
