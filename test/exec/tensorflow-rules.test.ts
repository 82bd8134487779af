/**
 * What carries state or reads packed results, by TensorFlow.js's own operations too; and the rules of ties, NaN and empty rows,
 * with what TensorFlow.js does where it differs.
 */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CompiledPolicy } from '../../compiler/driver.ts'
import { onTensorsSync } from '../../host/tfjs/index.ts'
import type { PackedTensor } from '../../host/runtime/wasm/types.ts'
import { compilePolicy, instantiatePolicy, random } from '../support/differential.ts'
import { evaluateEntry } from '../support/evaluate-entry.ts'
import { librarySource } from '../support/library-source.ts'
import { topMask, useBackend } from '../support/tensorflow.ts'

beforeAll(async () => void (await useBackend('cpu')))

const compiledLibrary = (name: string) => compilePolicy({ text: librarySource(`std:${name}`).text })
const values = (tensor: tf.Tensor): number[] => [...tensor.dataSync()]

/** Multiples of a quarter: their products and short sums are exact in single precision. */
function quarters(count: number, seed: number): Float32Array {
  const next = random(seed)
  return Float32Array.from({ length: count }, () => Math.floor(next() * 33 - 16) / 4)
}

const close = (expected: ArrayLike<number>, got: ArrayLike<number>): void => {
  const largest = Math.max(...Array.from(expected, Math.abs))
  expect(got.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) expect(Math.abs(expected[i]! - got[i]!)).toBeLessThanOrEqual(1e-5 * largest)
}

describe('the same by TensorFlow.js', () => {
  test.each([
    [6, 16],
    [5, 12],
    [1, 4],
  ])('wanda over two sequences, %i outputs of %i inputs', async (out, inputs) => {
    const compiled = await compiledLibrary('wanda')
    const policy = await instantiatePolicy(compiled)
    const { observe, prune, prune_nm } = onTensorsSync(policy, tf) as Record<string, (given: object) => Record<string, tf.Tensor>>
    const extents = { out, in: inputs, quad: inputs / 4, lane: 4 }
    const sequences = [quarters(3 * inputs, 1), quarters(7 * inputs, 2)]
    const W = quarters(out * inputs, 3)
    let states: ReturnType<typeof evaluateEntry>['states'] = new Map()
    for (const X of sequences)
      states = evaluateEntry(compiled, 'observe', { X }, {}, { ...extents, token: X.length / inputs }, states).states
    tf.tidy(() => {
      const tensors = sequences.map((X) => tf.tensor2d(X, [X.length / inputs, inputs]))
      for (const X of tensors) observe!({ X })
      const power = tf.mean(tf.stack(tensors.map((X) => tf.sum(tf.mul(X, X), 0))), 0)
      close(values(power), policy.readState('power').data)
      const weights = tf.tensor2d(W, [out, inputs])
      const scores = tf.mul(tf.abs(weights), tf.sqrt(power))
      const rows = topMask(scores, inputs - Math.floor(inputs / 2))
      const quads = tf.reshape(topMask(tf.reshape(scores, [-1, 4]), 2), scores.shape)
      for (const [entry, run, expected] of [['prune', prune!, rows] as const, ['prune_nm', prune_nm!, quads] as const]) {
        const { outputs } = evaluateEntry(compiled, entry, { W }, {}, extents, states)
        expect([...outputs.get('mask')!.data]).toEqual(values(expected))
        expect(values(run({ W: weights })['mask']!)).toEqual(values(expected))
      }
    })
    policy.release()
  })

  test.each([
    { kv: 2, group: 2, token: 9, local: 3, channel: 10 },
    { kv: 1, group: 1, token: 1, local: 1, channel: 65 },
    { kv: 3, group: 2, token: 17, local: 5, channel: 7 },
  ])('mustafar, a decode step over packed and late tokens: %o', async (extents) => {
    const { kv, group, token, local, channel } = extents
    const compiled = await compiledLibrary('mustafar')
    const policy = await instantiatePolicy(compiled)
    const { compress, attend } = onTensorsSync(policy, tf)
    const Q = quarters(kv * group * channel, 1)
    const [K, V] = [quarters(kv * token * channel, 2), quarters(kv * token * channel, 3)]
    const [K_local, V_local] = [quarters(kv * local * channel, 4), quarters(kv * local * channel, 5)]
    const packed = evaluateEntry(compiled, 'compress', { K, V }, {}, extents).outputs
    const evaluated = evaluateEntry(
      compiled,
      'attend',
      { Q, K: packed.get('K')!, V: packed.get('V')!, K_local, V_local },
      {},
      extents,
    ).outputs.get('O')!
    tf.tidy(() => {
      const cache = (data: Float32Array, tokens: number): tf.Tensor3D => tf.tensor3d(data, [kv, tokens, channel])
      const pruned = (x: tf.Tensor): tf.Tensor =>
        tf.where(topMask(tf.abs(x), channel - Math.floor(0.7 * channel)), x, tf.zerosLike(x))
      const keys = tf.concat([pruned(cache(K, token)), cache(K_local, local)], 1)
      const tokens = tf.concat([pruned(cache(V, token)), cache(V_local, local)], 1)
      const queries = tf.tensor3d(Q, [kv, group, channel])
      const weights = tf.softmax(tf.div(tf.matMul(queries, keys, false, true), Math.sqrt(channel)))
      const expected = values(tf.matMul(weights, tokens))
      close(expected, evaluated.data)
      const caches = compress!({ K: cache(K, token), V: cache(V, token) }) as { K: PackedTensor; V: PackedTensor }
      const late = { K_local: cache(K_local, local), V_local: cache(V_local, local) }
      const { O } = attend!({ Q: tf.tensor2d(Q, [kv * group, channel]), ...caches, ...late }) as { O: tf.Tensor }
      close(expected, values(O))
    })
    policy.release()
  })
})

const RULES = `policy rules(amount: count = 2) {
  entry best(x: f32[row, i]) { return kept: keep amount of i by x }
  entry most(x: f32[i]) { return largest: max[i](x), at: argmax[i](x), total: sum[i](x) }
}`

describe('where TensorFlow.js has another rule', () => {
  let compiled: CompiledPolicy
  beforeAll(async () => void (compiled = await compilePolicy({ text: RULES })))

  async function keptBy(x: readonly number[], amount: number): Promise<readonly [ours: number[], theirs: number[]]> {
    const policy = await instantiatePolicy(compiled)
    const extents = { row: 1, i: x.length }
    const { outputs } = evaluateEntry(compiled, 'best', { x }, { amount }, extents)
    const { kept } = onTensorsSync(policy, tf)['best']!({ x: tf.tensor2d([...x], [1, x.length]) }, { amount }) as {
      kept: tf.Tensor
    }
    const mask = values(kept)
    expect([...outputs.get('kept')!.data]).toEqual(mask)
    policy.release()
    return [
      mask.flatMap((one, i) => (one === 1 ? [i] : [])),
      values(tf.topk(tf.tensor1d([...x]), amount).indices).sort((a, b) => a - b),
    ]
  }

  test.each([
    ['equal numbers', [2, 2, 1, 2, 2], 3, [0, 1, 3]],
    ['both zeros are equal', [0, -0, 0, -0], 2, [0, 1]],
    ['all of a row', [3, 1, 2], 3, [0, 1, 2]],
  ] as const)('not so of equals, the lower position is first in both: %s', async (_, x, amount, expected) => {
    expect(await keptBy(x, amount)).toEqual([expected, expected])
  })

  test.each([
    // Ours: NaN is below every number. Theirs: NaN compares as neither, so it stays about where the search meets it.
    [
      [NaN, 1, 2, 3],
      [2, 3],
      [0, 3],
    ],
    [
      [1, NaN, 2, 3],
      [2, 3],
      [1, 3],
    ],
    [
      [3, 2, 1, NaN],
      [0, 1],
      [0, 3],
    ],
    [
      [1, 2, 3, NaN],
      [1, 2],
      [2, 3],
    ],
  ])('NaN: of %o policies keep %o, tf.topk %o', async (x, ours, theirs) => {
    expect(await keptBy(x, 2)).toEqual([ours, theirs])
  })

  test.each([
    // Their difference is NaN, so for tf.topk equal infinities are not equal.
    [
      [-Infinity, 1, -Infinity, -Infinity],
      [0, 1],
      [1, 3],
    ],
    [
      [Infinity, 1, Infinity, Infinity],
      [0, 2],
      [0, 3],
    ],
  ])('infinities: of %o policies keep %o, tf.topk %o', async (x, ours, theirs) => {
    expect(await keptBy(x, 2)).toEqual([ours, theirs])
  })

  test('with NaN counted as a number below all others, tf.topk keeps what policies keep', async () => {
    for (const x of [
      [NaN, 1, 2, 3],
      [1, 2, 3, NaN],
      [NaN, NaN, 4, NaN],
    ]) {
      const scores = tf.tensor1d(x)
      const { indices } = tf.topk(tf.where(tf.isNaN(scores), -1, scores), 2)
      expect(values(indices).sort((a, b) => a - b)).toEqual((await keptBy(x, 2))[0])
    }
  })

  test('max and sum hand on a NaN in both; argmax passes it over, in TensorFlow.js unless it is first', async () => {
    const policy = await instantiatePolicy(compiled)
    const both = (x: readonly number[]): readonly number[][] => {
      const results = onTensorsSync(policy, tf)['most']!({ x: tf.tensor1d([...x]) }) as Record<string, tf.Tensor>
      const ours = ['largest', 'at', 'total'].map((name) => values(results[name]!)[0]!)
      const { outputs } = evaluateEntry(compiled, 'most', { x }, {}, { i: x.length })
      expect(ours).toEqual(['largest', 'at', 'total'].map((name) => outputs.get(name)!.data[0]))
      const tensor = tf.tensor1d([...x])
      return [ours, [tf.max(tensor), tf.argMax(tensor), tf.sum(tensor)].map((each) => values(each)[0]!)]
    }
    expect(both([1, 3, 3])).toEqual([
      [3, 1, 7],
      [3, 1, 7],
    ])
    expect(both([1, NaN, 3, 3])).toEqual([
      [NaN, 2, NaN],
      [NaN, 2, NaN],
    ])
    expect(both([NaN, 1, 3, 3])).toEqual([
      [NaN, 2, NaN],
      [NaN, 0, NaN],
    ])
    policy.release()
  })
})
