/** Packed tensors of every format in files, each part damaged in turn: refused with the reason, never read. */
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../../cli/files/byte-source.ts'
import { readPacked, tensorSet } from '../../../cli/files/packed-file.ts'
import { openSafetensors, safetensorsBytes } from '../../../cli/files/safetensors.ts'
import { Refusal } from '../../../cli/refusal.ts'
import type { PackedTensor as StoredTensor } from '../../../cli/runner.ts'
import type { PackedTensor } from '../../../host/runtime/wasm/types.ts'
import { compilePolicy, instantiatePolicy } from '../../support/differential.ts'
import { join } from './raw-files.ts'

const text = `policy p {
  axes row = block_row * r(2), column = block * c(4)
  entry e(X: f32[row, column], Y: f32[line, place]) {
    return bits: pack X by X > 0 as bitmap(32), exact: pack X by (keep 3 of column by X) as indices,
           rows: pack X by X > 0 as csr, lanes: pack X by (keep 2 of c by X) as nm(2, 4),
           blocks: pack X by sum[r, c](X) > 20 as block(2, 4), ragged: compact Y by Y > 0 as left
  }
}`
const X = { data: Float32Array.of(1, 0, 3, 4, 0, 6, 0, 8, 9, 0, 0, 2, 5, 6, 7, 8), shape: [2, 8] }

async function stored(name: string): Promise<StoredTensor> {
  const policy = await instantiatePolicy(await compilePolicy({ text }))
  const { dtype, shape, packing, layout, keptPerRow, parts } = policy.call('e', { X, Y: X })[name] as PackedTensor &
    Pick<StoredTensor, 'layout'>
  return {
    kind: 'packed',
    dtype,
    shape: [...shape],
    packing,
    layout,
    keptPerRow,
    parts: Object.fromEntries(Object.entries(parts).map(([part, data]) => [part, data.slice()])),
  }
}

const reopened = (tensor: StoredTensor): StoredTensor | null => {
  const { tensors, metadata } = tensorSet({ K: tensor })
  return readPacked(openSafetensors(memorySource('k.safetensors', join(safetensorsBytes(tensors, metadata)))), 'K')
}

/** The code it is refused with; null when it is read. */
function refusal(tensor: StoredTensor): string | null {
  try {
    reopened(tensor)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.diagnostic.code
    throw error
  }
}

/** The tensor with one number of a part changed. */
const changed = (tensor: StoredTensor, part: string, at: number, value: number): StoredTensor => {
  const data = tensor.parts[part]!.slice()
  data[at] = value
  return { ...tensor, parts: { ...tensor.parts, [part]: data } }
}

const shortened = (tensor: StoredTensor, part: string): StoredTensor => ({
  ...tensor,
  parts: { ...tensor.parts, [part]: tensor.parts[part]!.slice(1) },
})

describe.each(['bits', 'exact', 'rows', 'lanes', 'blocks', 'ragged'])('%s', (name) => {
  test('comes back as it was', async () => {
    const tensor = await stored(name)
    expect(reopened(tensor)).toEqual(tensor)
  })

  test('no part may be shorter', async () => {
    const tensor = await stored(name)
    for (const part of Object.keys(tensor.parts)) expect(refusal(shortened(tensor, part)), part).toBe('ESP5204')
  })
})

test.each([
  ['bits', 'words', 0, 0b1],
  ['bits', 'words', 0, 0x8000_0001],
  ['bits', 'offsets', 1, 99],
  ['exact', 'indices', 0, 7],
  ['exact', 'indices', 2, 8],
  ['exact', 'indices', 0, -1],
  ['rows', 'indices', 1, 0],
  ['rows', 'indices', 4, 8],
  ['rows', 'offsets', 0, 1],
  ['lanes', 'meta', 0, 0],
  ['blocks', 'indices', 0, 2],
  ['blocks', 'offsets', 1, 3],
  ['ragged', 'offsets', 1, 2 ** 31],
  ['ragged', 'offsets', 2, 1],
] as const)('%s with %s[%i] = %i is refused', async (name, part, at, value) => {
  const tensor = await stored(name)
  expect(tensor.parts[part]).toBeDefined()
  expect(refusal(changed(tensor, part, at, value))).toBe('ESP5204')
})
