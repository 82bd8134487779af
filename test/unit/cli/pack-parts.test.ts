/** Packing by the command is the inverse of the decoding of the ABI, and packed tensors survive files; lies do not. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeData } from '../../../abi/dtype.ts'
import type { FormatSpec } from '../../../abi/manifest.ts'
import type { PackedLayout } from '../../../abi/packed.ts'
import { memorySource } from '../../../cli/files/byte-source.ts'
import { readPacked, tensorSet } from '../../../cli/files/packed-file.ts'
import { openSafetensors, safetensorsBytes } from '../../../cli/files/safetensors.ts'
import { packParts } from '../../../cli/pack-parts.ts'
import { denseOf, maskOf, type PackedTensor } from '../../../cli/runner.ts'
import { join } from '../files/raw-files.ts'

const total = (dims: readonly number[]) => dims.reduce((product, extent) => product * extent, 1)

function packed(layout: PackedLayout, mask: Uint8Array): PackedTensor {
  const { dims, format, exact } = layout
  const data = encodeData(
    'f16',
    Array.from({ length: total(dims) }, (_, i) => i + 1),
  )
  const rows = dims.reduce((count, extent, i) => (layout.over[i] === true ? count : count * extent), 1)
  const parts = packParts('f16', data, mask, layout)
  const keptPerRow = exact ? (rows === 0 ? 0 : parts['values']!.length / rows) : null
  return { kind: 'packed', dtype: 'f16', shape: dims, packing: { format, exact, over: [] }, layout, parts, keptPerRow }
}

const layouts = fc
  .record({
    dims: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }),
    over: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    format: fc.constantFrom<FormatSpec>({ kind: 'bitmap', width: 64 }, { kind: 'bitmap', width: 32 }, { kind: 'indices' }),
  })
  .map(({ dims, over, format }): PackedLayout => ({ dims, over: over.slice(0, dims.length), format, exact: false }))

const expectDecoded = (tensor: PackedTensor, mask: Uint8Array) => {
  expect([...maskOf(tensor)]).toEqual([...mask])
  const values = encodeData(
    'f16',
    Array.from(mask, (bit, i) => (bit === 0 ? 0 : i + 1)),
  )
  expect([...denseOf(tensor).data]).toEqual([...values])
}

describe('decoding gives back what was packed', () => {
  test('bitmaps and indices over any axes, rows of any length', () => {
    fc.assert(
      fc.property(layouts, fc.uint8Array({ minLength: 625, maxLength: 625 }), (layout, bits) => {
        const mask = bits.slice(0, total(layout.dims)).map((byte) => byte & 1)
        expectDecoded(packed(layout, mask), mask)
      }),
    )
  })

  test('n of m, also with fields that cross words', () => {
    fc.assert(
      fc.property(
        fc.constantFrom([2, 4], [1, 8], [5, 7], [3, 32]),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 3 }),
        fc.nat(),
        ([n, m], groups, rows, seed) => {
          const mask = new Uint8Array(rows * groups * m!)
          for (let group = 0; group < rows * groups; group++)
            for (let i = 0; i < n!; i++) mask[group * m! + ((i * 3 + seed + group) % m!)] = 1
          const exactlyN = Array.from({ length: rows * groups }, (_, group) =>
            mask.slice(group * m!, (group + 1) * m!).reduce((a, b) => a + b, 0),
          )
          fc.pre(exactlyN.every((count) => count === n))
          const layout: PackedLayout = {
            dims: [rows, groups * m!],
            over: [false, true],
            format: { kind: 'nm', n: n!, m: m! },
            exact: true,
          }
          expectDecoded(packed(layout, mask), mask)
        },
      ),
    )
  })
})

describe('files', () => {
  const mask = Uint8Array.from([1, 0, 1, 0, 0, 1, 1, 0])
  const tensor = packed({ dims: [2, 4], over: [false, true], format: { kind: 'bitmap', width: 64 }, exact: true }, mask)

  const stored = (change: (text: string) => string = (text) => text) => {
    const { tensors, metadata } = tensorSet({ K: tensor })
    const changed = Object.fromEntries(Object.entries(metadata).map(([key, text]) => [key, change(text)]))
    return openSafetensors(memorySource('k.safetensors', join(safetensorsBytes(tensors, changed))))
  }

  test('a packed tensor comes back whole', () => {
    const file = stored()
    expect([...file.names].sort()).toEqual(['K.values', 'K.words'])
    expect(readPacked(file, 'K')).toEqual(tensor)
    expect(readPacked(file, 'V')).toBeNull()
  })

  test.each([
    ['no JSON', () => '{'],
    ['a negative extent', (text: string) => text.replace('"dims":[2,4]', '"dims":[2,-4]')],
    ['other extents', (text: string) => text.replace('"dims":[2,4]', '"dims":[4,4]')],
    ['another count', (text: string) => text.replace('"keptPerRow":2', '"keptPerRow":3')],
    ['another format', (text: string) => text.replaceAll('"bitmap"', '"indices"')],
    ['an enormous size', (text: string) => text.replaceAll('[2,4]', '[2,4294967296]')],
    ['an unknown format', (text: string) => text.replaceAll('"bitmap"', '"zip"')],
  ])('a description with %s is refused', (_, change) => {
    expect(() => readPacked(stored(change), 'K')).toThrow('tensor `K` of `k.safetensors`')
  })

  test('a bitmap that marks more than is stored is refused', () => {
    const lying = { ...tensor, parts: { ...tensor.parts, words: Uint32Array.from([7, 0, 6, 0]) } }
    const { tensors, metadata } = tensorSet({ K: lying })
    const file = openSafetensors(memorySource('k.safetensors', join(safetensorsBytes(tensors, metadata))))
    expect(() => readPacked(file, 'K')).toThrow('tensor `K`')
  })
})
