/** Compiled policies over extra leading axes: packed results of all formats, made and read again, equal those of each slice. */
import { describe, expect, test } from 'vitest'
import type { PackedTensor, Policy, Tensor } from '../../../host/runtime/wasm/types.ts'
import { compilePolicy, instantiatePolicy, random } from '../../support/differential.ts'

const policyText = (mask: string, format: string, input: string): string => `policy p {
  axes channel = quad * lane(4)
  entry compress(K: f32[token, channel]) {
    return K: pack K by (${mask}) as ${format}
  }
  entry read(K: ${input} f32[token, channel]) {
    return K: unpack K
  }
}
`

const cases: readonly (readonly [name: string, mask: string, format: string, input?: string])[] = [
  ['bitmap, equal rows', 'keep 50% of channel by abs(K)', 'bitmap(32)'],
  ['bitmap, ragged rows', 'keep 50% of channel by abs(K) within K > 0', 'bitmap(64)'],
  ['indices, equal rows', 'keep 2 of channel by K', 'indices'],
  ['indices, ragged rows', 'K > 0', 'indices'],
  ['packed along the outer axis', 'keep 1 of token by abs(K)', 'bitmap(32)'],
  ['outer axis, read along it', 'keep 1 of token by abs(K)', 'bitmap(32)', 'bitmap(32) over token'],
  ['both axes', 'keep 30% of (token, channel) by abs(K)', 'indices', 'indices over (token, channel)'],
  ['csr, equal rows', 'keep 2 of channel by K', 'csr'],
  ['csr, ragged rows', 'K > 0', 'csr'],
  ['csr along the outer axis', 'keep 1 of token by abs(K)', 'csr', 'csr over token'],
  ['2 of 4', 'keep 2 of lane by abs(K)', 'nm(2, 4)'],
]

const pack = (policy: Policy, data: Float32Array, shape: readonly number[]): PackedTensor =>
  policy.call('compress', { K: { data, shape } })['K'] as PackedTensor

describe.each(cases.map(([name, mask, format, input = format]) => ({ name, mask, format, input })))(
  '$name',
  ({ name, mask, format, input }) => {
    test('slices, the whole, and back', async () => {
      const policy = await instantiatePolicy(await compilePolicy({ text: policyText(mask, format, input) }))
      const next = random(7)
      const data = Float32Array.from({ length: 2 * 3 * 2 * 8 }, () => Math.round(next() * 16) - 8)
      const whole = pack(policy, data, [2, 3, 2, 8])
      const slices = Array.from({ length: 6 }, (_, i) => pack(policy, data.slice(i * 16, i * 16 + 16), [2, 8]))
      expect([...whole.dense().data]).toEqual(slices.flatMap((slice) => [...slice.dense().data]))
      expect([...whole.mask()]).toEqual(slices.flatMap((slice) => [...slice.mask()]))
      expect(whole.kept).toBe(slices.reduce((sum, slice) => sum + slice.kept, 0))
      // A packed input is declared over its last axis; what was packed along another is refused.
      if (name.includes('outer') && input === format)
        return void expect(() => policy.call('read', { K: whole })).toThrow(/ESP4208/)
      const unpacked = policy.call('read', { K: whole })['K'] as Tensor
      expect(unpacked.shape).toEqual([2, 3, 2, 8])
      expect(unpacked.toFloat32()).toEqual(whole.toFloat32())
      expect((policy.call('read', { K: pack(policy, new Float32Array(0), [0, 2, 8]) })['K'] as Tensor).shape).toEqual([0, 2, 8])
    })
  },
)

test('outputs that are one tensor are joined once', async () => {
  const text = `policy p {
    entry e(X: f32[row, column]) { return a: pack X by X > 0 as bitmap(64), b: pack X by X > 0 as bitmap(64) }
  }`
  const policy = await instantiatePolicy(await compilePolicy({ text }))
  const data = Float32Array.of(1, 0, 2, 3, 0, 4, 5, 0)
  const { a, b } = policy.call('e', { X: { data, shape: [2, 2, 2] } }) as Record<string, PackedTensor>
  expect([...a!.dense().data]).toEqual([...data])
  expect([...b!.dense().data]).toEqual([...data])
  expect([...b!.offsets]).toEqual([0, 1, 3, 4, 5])
})
