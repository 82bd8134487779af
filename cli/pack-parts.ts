/**
 * Lays out a dense tensor and its mask as the parts of a packed one: what the reference runner gives. Written from the
 * description of the ABI, apart from the kernels that do the same.
 */
import { newData, type TensorData } from '../abi/dtype.ts'
import type { DTypeName } from '../abi/manifest.ts'
import { positionBits, rowCount, rowLength, wordsPerRow, type PackedLayout } from '../abi/packed.ts'

/** Positions kept in each row, ascending. */
type Rows = readonly (readonly number[])[]

export function packParts(
  dtype: DTypeName,
  data: TensorData,
  mask: Uint8Array,
  layout: PackedLayout,
): Record<string, TensorData> {
  const dense = denseIndices(layout)
  const rows = dense.map((row) => row.flatMap((at, position) => (mask[at] === 0 ? [] : [position])))
  const kept = rows.reduce((sum, row) => sum + row.length, 0)
  const values = newData(dtype, kept)
  let next = 0
  rows.forEach((row, i) => {
    for (const position of row) values[next++] = data[dense[i]![position]!]!
  })
  const offsets = layout.exact ? {} : { offsets: offsetsOf(rows) }
  return { ...positions(rows, layout), values, ...offsets }
}

function positions(rows: Rows, layout: PackedLayout): Record<string, TensorData> {
  const { format } = layout
  switch (format.kind) {
    case 'indices':
      return { indices: Int32Array.from(rows.flat()) }
    case 'bitmap': {
      const perRow = wordsPerRow(rowLength(layout), format.width)
      const words = new Uint32Array(rows.length * perRow)
      rows.forEach((row, i) => {
        for (const position of row) words[i * perRow + (position >>> 5)]! |= 1 << (position & 31)
      })
      return { words }
    }
    case 'nm':
      return {
        meta: fields(
          rows.map((row) => row.map((position) => position % format.m)),
          positionBits(format.m),
        ),
      }
  }
}

/** Small numbers in fields of `bits` bits, low bits first, every row starting a word. */
function fields(rows: Rows, bits: number): Uint32Array {
  const perRow = Math.ceil(((rows[0]?.length ?? 0) * bits) / 32)
  const words = new Uint32Array(rows.length * perRow)
  rows.forEach((row, i) => {
    row.forEach((value, k) => {
      for (let bit = 0; bit < bits; bit++) {
        const at = k * bits + bit
        if ((value >>> bit) & 1) words[i * perRow + (at >>> 5)]! |= 1 << (at & 31)
      }
    })
  })
  return words
}

function offsetsOf(rows: Rows): Uint32Array {
  const offsets = new Uint32Array(rows.length + 1)
  rows.forEach((row, i) => (offsets[i + 1] = offsets[i]! + row.length))
  return offsets
}

/** For every row, where its elements are in the dense tensor. */
function denseIndices({ dims, over, ...layout }: PackedLayout): number[][] {
  const rows: number[][] = Array.from({ length: rowCount({ dims, over, ...layout }) }, () => [])
  const index = dims.map(() => 0)
  const total = dims.reduce((product, extent) => product * extent, 1)
  for (let at = 0; at < total; at++) {
    const row = dims.reduce((number, extent, i) => (over[i] === true ? number : number * extent + index[i]!), 0)
    rows[row]!.push(at)
    for (let i = dims.length - 1; i >= 0 && ++index[i]! === dims[i]!; i--) index[i] = 0
  }
  return rows
}
