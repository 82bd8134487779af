/** How many kept elements kernels have room for in a row: exact where rows are alike, else by the mean. */
import { expect, test } from 'vitest'
import type { PackedSource } from '../../../host/runtime/given-input.ts'
import { rowRoom } from '../../../host/runtime/row-room.ts'

const tensor = (keptPerRow: number | null, stored: number): PackedSource => ({
  dtype: 'f16',
  packing: { format: { kind: 'bitmap', width: 64 }, over: ['channel'], exact: keptPerRow !== null },
  layout: {
    format: { kind: 'bitmap', width: 64 },
    exact: keptPerRow !== null,
    dims: [3, 10, 128],
    over: [false, false, true],
  },
  parts: { values: new Uint16Array(stored) },
  keptPerRow,
})

test.each([
  ['rows that all keep 39', 39, 30 * 39, 39],
  ['rows that keep little', null, 30 * 10, 64],
  ['rows that keep 70 % on average', null, 30 * 90, 128],
  ['rows that keep half on average', null, 30 * 64, 80],
  ['rows that keep 64.04 on average', null, 30 * 64 + 1, 96],
  ['whole rows', null, 30 * 128, 128],
] as const)('%s', (_, keptPerRow, stored, expected) => {
  expect(rowRoom(tensor(keptPerRow, stored))).toBe(expected)
})
