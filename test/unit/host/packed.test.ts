/** Decoding of packed parts, against parts written by a plain encoder. */
import { describe, expect, test } from 'vitest'
import { wordsPerRow } from '../../../abi/formats/bitmap.ts'
import { positionBits } from '../../../abi/formats/nm.ts'
import type { PackedParts } from '../../../abi/formats/packed-parts.ts'
import { decodeMask, decodePacked, rowCount, rowLength, sameLayout, type PackedLayout } from '../../../abi/packed.ts'
import type { FormatSpec } from '../../../abi/manifest.ts'

/** Dense positions of the rows of a layout, by counting through all index tuples. */
function rowsOf(layout: PackedLayout): number[][] {
  const rows: number[][] = Array.from({ length: rowCount(layout) }, () => [])
  const total = layout.dims.reduce((product, extent) => product * extent, 1)
  for (let position = 0; position < total; position++) {
    let rest = position
    const index = layout.dims.map(() => 0)
    for (let i = layout.dims.length - 1; i >= 0; i--) {
      index[i] = rest % (layout.dims[i] ?? 1)
      rest = Math.floor(rest / (layout.dims[i] ?? 1))
    }
    const row = index.reduce((at, value, i) => (layout.over[i] ? at : at * (layout.dims[i] ?? 1) + value), 0)
    rows[row]?.push(position)
  }
  return rows
}

function encode(layout: PackedLayout, dense: Float32Array, mask: Uint8Array): PackedParts {
  const { format } = layout
  const values: number[] = []
  const indices: number[] = []
  const offsets = [0]
  const words: number[] = []
  const meta: number[] = []
  for (const row of rowsOf(layout)) {
    const kept = row.flatMap((position, i) => (mask[position] ? [i] : []))
    values.push(...kept.map((i) => dense[row[i] ?? 0] ?? 0))
    indices.push(...kept)
    offsets.push(values.length)
    const bits = new Uint8Array(format.kind === 'bitmap' ? wordsPerRow(row.length, format.width) * 32 : 0)
    for (const i of kept) bits[i] = 1
    words.push(...toWords(bits))
    if (format.kind === 'nm') {
      const width = positionBits(format.m)
      meta.push(
        ...toWords(Uint8Array.from(kept.flatMap((i) => Array.from({ length: width }, (_, bit) => ((i % format.m) >>> bit) & 1)))),
      )
    }
  }
  const shared = { values: Float32Array.from(values), ...(layout.exact ? {} : { offsets: Uint32Array.from(offsets) }) }
  if (format.kind === 'bitmap') return { ...shared, words: Uint32Array.from(words) }
  return format.kind === 'nm' ? { ...shared, meta: Uint32Array.from(meta) } : { ...shared, indices: Int32Array.from(indices) }
}

function toWords(bits: Uint8Array): number[] {
  const words = new Array<number>(Math.ceil(bits.length / 32)).fill(0)
  for (const [i, bit] of bits.entries()) words[i >>> 5] = ((words[i >>> 5] ?? 0) | (bit << (i & 31))) >>> 0
  return words
}

function roundTrip(layout: PackedLayout, keep: (position: number, inRow: number) => boolean): void {
  const rows = rowsOf(layout)
  const size = rowCount(layout) * rowLength(layout)
  const dense = Float32Array.from({ length: size }, (_, i) => i + 1)
  const mask = new Uint8Array(size)
  for (const row of rows) for (const [i, position] of row.entries()) mask[position] = Number(keep(position, i))
  const parts = encode(layout, dense, mask)
  const out = new Float32Array(size)
  decodePacked(layout, parts, out)
  expect(out).toEqual(dense.map((value, i) => (mask[i] ? value : 0)))
  expect(decodeMask(layout, parts)).toEqual(mask)
}

const bitmap = (width: number): FormatSpec => ({ kind: 'bitmap', width })

describe('round trips', () => {
  test.each([
    ['the last axis', [3, 70], [false, true]],
    ['the first axis', [70, 3], [true, false]],
    ['the middle axis', [2, 5, 3], [false, true, false]],
    ['two axes around one', [5, 2, 7], [true, false, true]],
    ['everything', [4, 9], [true, true]],
    ['a row without elements', [3, 0], [false, true]],
  ])('%s', (_name, dims, over) => {
    for (const format of [bitmap(32), bitmap(64), { kind: 'indices' } as const]) {
      roundTrip({ format, exact: false, dims, over }, (position) => position % 3 === 1)
      roundTrip({ format, exact: false, dims, over }, () => false)
      roundTrip({ format, exact: true, dims, over }, () => true)
      roundTrip({ format, exact: true, dims, over }, (_position, inRow) => inRow % 2 === 1 && inRow < 4)
    }
  })

  test.each([
    [2, 4],
    [1, 4],
    [4, 8],
    [5, 8],
    [1, 2],
    [3, 32],
    [3, 20],
  ])('%i of %i, fields across words', (n, m) => {
    const layout: PackedLayout = { format: { kind: 'nm', n, m }, exact: true, dims: [3, 13 * m], over: [false, true] }
    roundTrip(layout, (_position, inRow) => (inRow % m) + n >= m)
    roundTrip({ ...layout, dims: [3, 13, m], over: [false, false, true] }, (_position, inRow) => inRow < n)
  })
})

test('parts that lie do not make it write outside', () => {
  const layout: PackedLayout = { format: { kind: 'indices' }, exact: true, dims: [2, 3], over: [false, true] }
  const out = new Float32Array(6)
  decodePacked(layout, { values: Float32Array.of(1, 2), indices: Int32Array.of(7, 2) }, out)
  expect(out).toEqual(Float32Array.of(0, 0, 0, 0, 0, 2))
})

test('layouts are compared by what they mean', () => {
  const layout = (dims: number[], over: boolean[]): PackedLayout => ({ format: bitmap(32), exact: true, dims, over })
  expect(sameLayout(layout([2, 3, 8], [false, false, true]), layout([6, 2, 4], [false, true, true]))).toBe(true)
  expect(sameLayout(layout([1, 8], [true, true]), layout([8], [true]))).toBe(true)
  expect(sameLayout(layout([2, 8], [false, true]), layout([8, 2], [true, false]))).toBe(false)
})
