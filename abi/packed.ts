/**
 * Packed tensors on the host: how their parts are laid out (see TensorBinding in manifest.ts) and how they are decoded. Rows run
 * over the dimensions that are neither packed nor inside an entry, in order; a row is the packed dimensions, flattened in the
 * order of the tensor; an entry is the dimensions inside it, flattened likewise.
 */
import type { TensorData } from './dtype.ts'
import { hostFormats, sameFormat } from './formats/host-formats.ts'
import type { PackedParts } from './formats/packed-parts.ts'
import type { FormatSpec, PackingSpec } from './manifest.ts'

export interface PackedLayout {
  readonly format: FormatSpec
  readonly exact: boolean
  /** Extents of the atomic axes, extra leading ones first. */
  readonly dims: readonly number[]
  /** For each dimension, whether it is packed. */
  readonly over: readonly boolean[]
  /** For each dimension, whether it lies inside an entry; absent when none does. */
  readonly inside?: readonly boolean[]
}

export const partNames = (packing: PackingSpec | null): readonly string[] => {
  if (packing === null) return ['values']
  return [...hostFormats[packing.format.kind].parts, 'values', ...(packing.exact ? [] : ['offsets'])]
}

type Role = 'row' | 'packed' | 'inside'

const roleOf = ({ over, inside }: PackedLayout, dim: number): Role =>
  inside?.[dim] === true ? 'inside' : over[dim] === true ? 'packed' : 'row'

const product = (layout: PackedLayout, role: Role): number =>
  layout.dims.reduce((length, extent, i) => (roleOf(layout, i) === role ? length * extent : length), 1)

export const rowCount = (layout: PackedLayout): number => product(layout, 'row')
export const rowLength = (layout: PackedLayout): number => product(layout, 'packed')
/** Elements of an entry. */
export const entryLength = (layout: PackedLayout): number => product(layout, 'inside')

/** Two layouts of the same elements: equal after joining neighbouring dimensions of one kind and dropping those of extent 1. */
export function sameLayout(a: PackedLayout, b: PackedLayout): boolean {
  return sameFormat(a.format, b.format) && layoutRuns(a) === layoutRuns(b)
}

function layoutRuns(layout: PackedLayout): string {
  const runs: { role: Role; extent: number }[] = []
  for (const [i, extent] of layout.dims.entries()) {
    if (extent === 1) continue
    const role = roleOf(layout, i)
    const last = runs.at(-1)
    if (last?.role === role) last.extent *= extent
    else runs.push({ role, extent })
  }
  return runs.map(({ role, extent }) => `${role} ${extent}`).join(', ')
}

/** Elements of a part; `perRow`: kept entries of every row when the packing is exact, `kept`: those of all rows. */
export function partLength(part: string, layout: PackedLayout, perRow: number | null, kept: number): number {
  const rows = rowCount(layout)
  if (part === 'offsets') return rows + 1
  if (part === 'values') return kept * entryLength(layout)
  const { format } = layout
  return hostFormats[format.kind].partLength(part, { format, rows, length: rowLength(layout), perRow: perRow ?? 0, kept })
}

/** Parts that have a length of their own in every row of a ragged tensor, with the elements of one entry. */
export const perEntryParts = (layout: PackedLayout): ReadonlyMap<string, number> =>
  new Map([['values', entryLength(layout)], ...hostFormats[layout.format.kind].perEntry.map((part) => [part, 1] as const)])

/** Elements kept, in all rows. */
export const keptElements = (parts: PackedParts): number => parts.values.length

/** Dense decoding into `out`, which must be zero and hold all elements. Stored elements are copied as they are. */
export function decodePacked(layout: PackedLayout, parts: PackedParts, out: TensorData): void {
  eachKept(layout, parts, (position, value) => {
    out[position] = parts.values[value] ?? 0
  })
}

/** 1 where an element is kept, in the order of the dense tensor. */
export function decodeMask(layout: PackedLayout, parts: PackedParts): Uint8Array {
  const mask = new Uint8Array(layout.dims.reduce((size, extent) => size * extent, 1))
  eachKept(layout, parts, (position) => {
    mask[position] = 1
  })
  return mask
}

/** The first entry of a row, and the first behind it. */
export function rowRange(
  { exact }: PackedLayout,
  offsets: Uint32Array | undefined,
  perRow: number,
  row: number,
): [number, number] {
  if (exact) return [row * perRow, (row + 1) * perRow]
  const first = offsets?.[row] ?? 0
  return [first, offsets?.[row + 1] ?? first]
}

/** Calls with the dense position and the index in `values` of every kept element, row by row. */
function eachKept(layout: PackedLayout, parts: PackedParts, visit: (position: number, value: number) => void): void {
  const [rows, length, entry] = [rowCount(layout), rowLength(layout), entryLength(layout)]
  if (rows === 0 || length === 0 || entry === 0) return
  const [starts, within, inside] = [offsetsOf(layout, 'row'), offsetsOf(layout, 'packed'), offsetsOf(layout, 'inside')]
  const perRow = parts.values.length / rows / entry
  const { format } = layout
  for (let row = 0; row < rows; row++) {
    const start = starts[row] ?? 0
    const [first, end] = rowRange(layout, parts.offsets, perRow, row)
    hostFormats[format.kind].eachEntry({ format, parts, row, first, end, length }, (number, position) => {
      if (position < 0 || position >= length) return
      const at = start + (within[position] ?? 0)
      for (let i = 0; i < entry; i++) visit(at + (inside[i] ?? 0), number * entry + i)
    })
  }
}

/** Dense offsets of every combination of the dimensions of a role, row-major. */
function offsetsOf(layout: PackedLayout, role: Role): Float64Array {
  let offsets = Float64Array.of(0)
  let stride = 1
  for (let i = layout.dims.length - 1; i >= 0; i--) {
    const extent = layout.dims[i] ?? 1
    if (roleOf(layout, i) === role) {
      const next = new Float64Array(offsets.length * extent)
      for (let at = 0; at < extent; at++)
        for (let j = 0; j < offsets.length; j++) next[at * offsets.length + j] = at * stride + (offsets[j] ?? 0)
      offsets = next
    }
    stride *= extent
  }
  return offsets
}
