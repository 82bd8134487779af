/**
 * Packed tensors on the host: how their parts are laid out (see TensorBinding in manifest.ts) and how they are decoded. Rows run
 * over the dimensions that are not packed, in order; a row is the packed dimensions, flattened in the order of the tensor.
 */
import type { TensorData } from './dtype.ts'
import type { FormatSpec, PackingSpec } from './manifest.ts'

export interface PackedLayout {
  readonly format: FormatSpec
  readonly exact: boolean
  /** Extents of the atomic axes, extra leading ones first. */
  readonly dims: readonly number[]
  /** For each dimension, whether it is packed. */
  readonly over: readonly boolean[]
}

export interface PackedParts {
  readonly values: TensorData
  readonly words?: Uint32Array
  readonly meta?: Uint32Array
  readonly indices?: Int32Array
  readonly offsets?: Uint32Array
}

export const partNames = (packing: PackingSpec | null): readonly string[] => {
  if (packing === null) return ['values']
  const position = { bitmap: 'words', nm: 'meta', indices: 'indices' }[packing.format.kind]
  return packing.exact ? [position, 'values'] : [position, 'values', 'offsets']
}

export const formatText = (format: FormatSpec): string =>
  format.kind === 'bitmap' ? `bitmap(${format.width})` : format.kind === 'nm' ? `nm(${format.n}, ${format.m})` : 'indices'

export const sameFormat = (a: FormatSpec, b: FormatSpec): boolean => formatText(a) === formatText(b)

const product = (layout: PackedLayout, packed: boolean): number =>
  layout.dims.reduce((length, extent, i) => (layout.over[i] === packed ? length * extent : length), 1)

export const rowCount = (layout: PackedLayout): number => product(layout, false)
export const rowLength = (layout: PackedLayout): number => product(layout, true)

/** u32 words of a row of a bitmap: whole words of the format's width. */
export const wordsPerRow = (length: number, width: number): number => Math.ceil(length / width) * (width / 32)

/** Bits that say which of m positions is kept. */
export const positionBits = (m: number): number => (m <= 2 ? 1 : 32 - Math.clz32(m - 1))

/** Two layouts of the same elements: equal after joining neighbouring dimensions of one kind and dropping those of extent 1. */
export function sameLayout(a: PackedLayout, b: PackedLayout): boolean {
  return sameFormat(a.format, b.format) && layoutRuns(a) === layoutRuns(b)
}

function layoutRuns(layout: PackedLayout): string {
  const runs: { packed: boolean; extent: number }[] = []
  for (const [i, extent] of layout.dims.entries()) {
    if (extent === 1) continue
    const packed = layout.over[i] ?? false
    const last = runs.at(-1)
    if (last?.packed === packed) last.extent *= extent
    else runs.push({ packed, extent })
  }
  return runs.map((run) => `${run.packed ? '*' : ''}${run.extent}`).join(' ')
}

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
  const mask = new Uint8Array(rowCount(layout) * rowLength(layout))
  eachKept(layout, parts, (position) => {
    mask[position] = 1
  })
  return mask
}

/** Calls with the dense position and the index in `values` of every kept element, row by row. */
function eachKept(layout: PackedLayout, parts: PackedParts, visit: (position: number, value: number) => void): void {
  const rows = rowCount(layout)
  const length = rowLength(layout)
  if (rows === 0 || length === 0) return
  const starts = offsetsOf(layout, false)
  const within = offsetsOf(layout, true)
  const perRow = parts.values.length / rows
  for (let row = 0; row < rows; row++) {
    const start = starts[row] ?? 0
    const first = layout.exact ? row * perRow : (parts.offsets?.[row] ?? 0)
    const end = layout.exact ? first + perRow : (parts.offsets?.[row + 1] ?? first)
    const place = (value: number, position: number): void => {
      if (position >= 0 && position < length) visit(start + (within[position] ?? 0), value)
    }
    if (layout.format.kind === 'bitmap') eachBit(parts.words, row, wordsPerRow(length, layout.format.width), first, end, place)
    else if (layout.format.kind === 'indices') for (let i = first; i < end; i++) place(i, parts.indices?.[i] ?? length)
    else eachGroup(parts.meta, row, layout.format, first, end, place)
  }
}

type Place = (value: number, position: number) => void

function eachBit(words: Uint32Array | undefined, row: number, perRow: number, first: number, end: number, place: Place): void {
  let value = first
  for (let i = 0; i < perRow && value < end; i++) {
    let word = words?.[row * perRow + i] ?? 0
    while (word !== 0 && value < end) {
      place(value++, i * 32 + 31 - Math.clz32(word & -word))
      word &= word - 1
    }
  }
}

function eachGroup(
  meta: Uint32Array | undefined,
  row: number,
  format: { readonly n: number; readonly m: number },
  first: number,
  end: number,
  place: Place,
): void {
  const bits = positionBits(format.m)
  const perRow = Math.ceil(((end - first) * bits) / 32)
  for (let i = 0; i < end - first; i++) {
    place(first + i, Math.floor(i / format.n) * format.m + readBits(meta, row * perRow * 32, i * bits, bits))
  }
}

/** `count` bits at bit `at` after `base`, low bits first; a field may lie across two words. */
function readBits(words: Uint32Array | undefined, base: number, at: number, count: number): number {
  if (count === 0) return 0
  const start = base + at
  const low = (words?.[start >>> 5] ?? 0) >>> (start & 31)
  const fromNext = (start & 31) + count - 32
  const high = fromNext > 0 ? (words?.[(start >>> 5) + 1] ?? 0) << (count - fromNext) : 0
  return (low | high) & ((1 << count) - 1)
}

/** Dense offsets of every combination of the dimensions that are packed, or of those that are not, row-major. */
function offsetsOf(layout: PackedLayout, packed: boolean): Float64Array {
  let offsets = Float64Array.of(0)
  let stride = 1
  for (let i = layout.dims.length - 1; i >= 0; i--) {
    const extent = layout.dims[i] ?? 1
    if (layout.over[i] === packed) {
      const next = new Float64Array(offsets.length * extent)
      for (let at = 0; at < extent; at++)
        for (let j = 0; j < offsets.length; j++) next[at * offsets.length + j] = at * stride + (offsets[j] ?? 0)
      offsets = next
    }
    stride *= extent
  }
  return offsets
}
