/** How loops around an access become bytes: repeats, what stays resident, what earlier passes left behind. */
import { describe, expect, test } from 'vitest'
import { formulaText, symbol, type Quantity } from '../../../compiler/account/quantity.ts'
import { trafficOf } from '../../../compiler/account/traffic.ts'
import type { Access, Loop } from '../../../compiler/account/walks.ts'

const loop = (id: number, name: string, trips: number): Loop => ({ id, trips: symbol(name, trips) })
const access = (loops: readonly Loop[], moving: readonly Loop[], more: Partial<Access> = {}): Access => ({
  ...{ param: 0, way: 'read', loops, moving: new Set(moving), index: 1, block: 1 },
  ...more,
})
const moved = (accesses: readonly Access[], length: Quantity, way: 'read' | 'write' = 'read') => {
  const { [way]: quantity } = trafficOf(accesses, { length, bytesPerElement: 4 }).moved
  return [formulaText(quantity), quantity.value]
}

const [rows, columns, again] = [loop(0, 'rows', 4096), loop(1, 'columns', 4096), loop(2, 'again', 8)] as const
const matrix = symbol('rows·columns', 4096 * 4096)
const row = symbol('columns', 4096)

describe('one access', () => {
  test('moves what its loops walk over', () => {
    expect(moved([access([rows, columns], [rows, columns])], matrix)).toEqual(['rows·columns', 4096 * 4096])
  })
  test('a loop that does not move the address repeats what does not stay resident', () => {
    expect(moved([access([again, rows, columns], [rows, columns])], matrix)[1]).toBe(8 * 4096 * 4096)
    expect(moved([access([rows, columns], [columns])], row)[1]).toBe(4096)
  })
  test('with data deciding how often a loop runs, the whole buffer', () => {
    const unknown: Loop = { id: 3, trips: symbol('?', NaN) }
    expect(moved([access([rows, unknown], [rows, unknown])], matrix)).toEqual(['rows·columns', 4096 * 4096])
  })
})

describe('several accesses', () => {
  const walk = (block: number) => access([rows, columns], [rows, columns], { block })
  const other: readonly Loop[] = [loop(4, 'rows', 4096), loop(5, 'columns', 4096)]
  test('two walks over a tensor are two reads', () => {
    expect(moved([walk(1), access(other, other, { block: 2 })], matrix)[1]).toBe(2 * 4096 * 4096)
  })
  test('two walks over a row inside the loop over rows are one', () => {
    const inner = loop(5, 'columns', 4096)
    expect(moved([walk(1), access([rows, inner], [rows, inner], { block: 2 })], matrix)[1]).toBe(4096 * 4096)
  })
  test('a walk that goes beyond what an earlier one left moves the rest', () => {
    expect(moved([access([], []), access([columns], [columns], { block: 2 })], row)[1]).toBe(4096)
  })
  test('neighbouring addresses in one place are one walk, and never more than the buffer', () => {
    const pair = [walk(1), access([rows, columns], [rows, columns], { index: 2 })]
    expect(moved(pair, symbol('both', 2 * 4096 * 4096))[1]).toBe(2 * 4096 * 4096)
    expect(moved(pair, matrix)[1]).toBe(4096 * 4096)
  })
  test('what was just written is read for nothing; what was just read is still to be written', () => {
    const written = access([rows, columns], [rows, columns], { way: 'write' })
    expect(moved([written, walk(2)], matrix)).toEqual(['0', 0])
    expect(moved([walk(2), written], matrix, 'write')[1]).toBe(4096 * 4096)
  })
})
