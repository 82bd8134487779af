/** Lays out a dense tensor and its mask as the parts of a packed one: what the reference runner gives. */
import { newData, type TensorData } from '../abi/dtype.ts'
import type { DTypeName } from '../abi/manifest.ts'
import { rowCount, rowLength, type PackedLayout } from '../abi/packed.ts'
import { storedFormats } from './formats/stored-formats.ts'

export function packParts(
  dtype: DTypeName,
  data: TensorData,
  mask: Uint8Array,
  layout: PackedLayout,
): Record<string, TensorData> {
  const entries = entryIndices(layout)
  const rows = entries.map((row) => row.flatMap((entry, position) => (entry.some((at) => mask[at] !== 0) ? [position] : [])))
  const stored = rows.flatMap((row, i) => row.flatMap((position) => entries[i]![position]!))
  const values = newData(dtype, stored.length)
  stored.forEach((at, i) => (values[i] = data[at]!))
  const offsets = layout.exact ? {} : { offsets: offsetsOf(rows.map((row) => row.length)) }
  return { ...storedFormats[layout.format.kind].encode(rows, layout.format, rowLength(layout)), values, ...offsets }
}

function offsetsOf(counts: readonly number[]): Uint32Array {
  const offsets = new Uint32Array(counts.length + 1)
  counts.forEach((count, i) => (offsets[i + 1] = offsets[i]! + count))
  return offsets
}

/** For every row and position of it, where the elements of that entry are in the dense tensor. */
function entryIndices(layout: PackedLayout): number[][][] {
  const { dims, over, inside } = layout
  const rows = Array.from({ length: rowCount(layout) }, () => Array.from({ length: rowLength(layout) }, (): number[] => []))
  const index = dims.map(() => 0)
  const total = dims.reduce((product, extent) => product * extent, 1)
  const number = (isPart: (dim: number) => boolean): number =>
    dims.reduce((sum, extent, i) => (isPart(i) ? sum * extent + index[i]! : sum), 0)
  for (let at = 0; at < total; at++) {
    const row = number((i) => over[i] !== true && inside?.[i] !== true)
    rows[row]![number((i) => over[i] === true)]!.push(at)
    for (let i = dims.length - 1; i >= 0 && ++index[i]! === dims[i]!; i--) index[i] = 0
  }
  return rows
}
