/** Blocks: bytes counted by hand, and what one entry packs another reads, equal rows and ragged ones, none and all kept. */
import { describe, expect, test } from 'vitest'
import type { PackedTensor, Tensor } from '../../../host/runtime/wasm/types.ts'
import { compilePolicy, instantiatePolicy } from '../../support/differential.ts'

const text = `policy p(k: count = 1, least: real = 0) {
  axes out = ob * r(2), in = ib * c(3)
  fn weight(W) = sum[r, c](abs(W))
  entry equal(W: f32[out, in])  { return W: pack W by (keep k of ib by weight(W)) as block(2, 3) }
  entry ragged(W: f32[out, in]) { return W: pack W by (weight(W) > least) as block(2, 3) }
  entry read(W: block(2, 3) f32[out, in], x: f32[in]) { return W: unpack W, y: sum[in](W * x) }
}`

// Two block rows of three blocks; the middle one of the first row and the outer ones of the second are not zero.
const shape = [4, 9]
const data = Float32Array.from([
  ...[0, 0, 0, 1, 2, 3, 0, 0, 0],
  ...[0, 0, 0, 4, 5, 6, 0, 0, 0],
  ...[7, 8, 9, 0, 0, 0, 1, 1, 1],
  ...[0, 0, 1, 0, 0, 0, 2, 2, 2],
])
const x = { data: new Float32Array(9).fill(1), shape: [9] }

describe('block(2, 3)', () => {
  test('the largest block of every row of blocks', async () => {
    const policy = await instantiatePolicy(await compilePolicy({ text }))
    const W = policy.call('equal', { W: { data, shape } })['W'] as PackedTensor
    expect([...W.parts['values']!]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 1])
    expect([...W.parts['indices']!]).toEqual([1, 0])
    expect(W.parts['offsets']).toBeUndefined()
    expect([W.kept, W.keptPerRow, W.bytes, W.density]).toEqual([12, 1, 12 * 4 + 2 * 4, 12 / 36])
    const back = policy.call('read', { W, x })
    expect((back['W'] as Tensor).toFloat32()).toEqual(W.toFloat32())
    expect([...(back['y'] as Tensor).toFloat32()]).toEqual([6, 15, 24, 1])
  })

  test.each([
    ['some', 0, [0, 1, 3], [1, 0, 2]],
    ['none', 100, [0, 0, 0], []],
    ['all', -1, [0, 3, 6], [0, 1, 2, 0, 1, 2]],
  ])('ragged rows: %s', async (_name, least, offsets, indices) => {
    const policy = await instantiatePolicy(await compilePolicy({ text }))
    const W = policy.call('ragged', { W: { data, shape } }, { least })['W'] as PackedTensor
    expect([...W.parts['offsets']!]).toEqual(offsets)
    expect([...W.parts['indices']!]).toEqual(indices)
    expect(W.bytes).toBe(indices.length * (6 * 4 + 4) + 3 * 4)
    const back = policy.call('read', { W, x })
    expect((back['W'] as Tensor).toFloat32()).toEqual(W.toFloat32())
    if (least <= 0) expect(W.toFloat32()).toEqual(data)
  })

  test('over a leading axis, and of nothing', async () => {
    const policy = await instantiatePolicy(await compilePolicy({ text }))
    const twice = { data: Float32Array.from([...data, ...data.map((value) => (value === 0 ? 0 : -value))]), shape: [2, ...shape] }
    const W = policy.call('ragged', { W: twice })['W'] as PackedTensor
    expect([...W.parts['offsets']!]).toEqual([0, 1, 3, 4, 6])
    expect(W.toFloat32()).toEqual(twice.data)
    expect((policy.call('read', { W, x })['W'] as Tensor).toFloat32()).toEqual(twice.data)
    const empty = policy.call('ragged', { W: { data: new Float32Array(0), shape: [4, 0] } })['W'] as PackedTensor
    expect([empty.bytes, empty.kept]).toEqual([3 * 4, 0])
  })
})
