/** Byte counts of storage formats, counted by hand, and formats as plain data. */
import { expect, test } from 'vitest'
import { formatText, readFormat } from '../../../compiler/ir/formats/formats.ts'
import { storageBytes } from '../../../compiler/ir/formats/storage.ts'
import type { Format } from '../../../compiler/ir/types.ts'

// Three rows of 100 positions, 25 kept, f16.
const sizes = { rows: 3, length: 100, kept: 25, entry: 1 }
const bytes = (format: Format, exact: boolean): number => storageBytes({ format, exact }, 'f16', sizes)

test('bytes of rows of constant size', () => {
  expect(storageBytes(null, 'f16', sizes)).toBe(3 * 100 * 2)
  expect(bytes({ kind: 'bitmap', width: 64 }, true)).toBe(3 * (2 * 8 + 25 * 2)) // two words of 64 bits
  expect(bytes({ kind: 'bitmap', width: 32 }, true)).toBe(3 * (4 * 4 + 25 * 2))
  expect(bytes({ kind: 'indices' }, true)).toBe(3 * 25 * (4 + 2))
  expect(bytes({ kind: 'nm', n: 1, m: 4 }, true)).toBe(3 * (2 * 4 + 25 * 2)) // 50 bits are two words
  expect(bytes({ kind: 'compact' }, true)).toBe(3 * 25 * 2)
})

test('ragged rows have offsets, csr always', () => {
  expect(bytes({ kind: 'indices' }, false)).toBe(3 * 25 * (4 + 2) + 4 * 4)
  expect(bytes({ kind: 'csr' }, false)).toBe(3 * 25 * (4 + 2) + 4 * 4)
  expect(bytes({ kind: 'compact' }, false)).toBe(3 * 25 * 2 + 4 * 4)
})

test('an entry of a block is a block', () => {
  const blocks = { rows: 4, length: 8, kept: 2, entry: 6 }
  expect(storageBytes({ format: { kind: 'block', r: 2, c: 3 }, exact: true }, 'f32', blocks)).toBe(4 * 2 * (4 + 6 * 4))
})

test('nothing of nothing', () => {
  const none = { rows: 0, length: 0, kept: 0, entry: 1 }
  expect(storageBytes({ format: { kind: 'bitmap', width: 64 }, exact: true }, 'f32', none)).toBe(0)
  expect(storageBytes({ format: { kind: 'csr' }, exact: false }, 'f32', none)).toBe(4)
})

test('formats as plain data', () => {
  const all: Format[] = [
    { kind: 'bitmap', width: 32 },
    { kind: 'nm', n: 2, m: 4 },
    { kind: 'indices' },
    { kind: 'csr' },
    { kind: 'block', r: 16, c: 1 },
    { kind: 'compact' },
  ]
  for (const format of all) expect(readFormat(JSON.parse(JSON.stringify(format)))).toEqual(format)
  expect(all.map(formatText)).toEqual(['bitmap(32)', 'nm(2, 4)', 'indices', 'csr', 'block(16, 1)', 'compact'])
  const wrong = [
    null,
    'csr',
    {},
    { kind: 'csr', r: 1 },
    { kind: 'nm', n: 4, m: 2 },
    { kind: 'block', r: 0, c: 1 },
    { kind: 'constructor' },
  ]
  for (const value of wrong) expect(readFormat(value)).toBeNull()
})
