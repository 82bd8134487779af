/**
 * Library policies against what one writes by hand with TensorFlow.js's own operations (`topk`, `where`, `gather`, reductions) on
 * its CPU backend. Selections are equal; numbers agree to single precision. The reference evaluator and the compiled policy on
 * `tf.Tensor` are both compared. Where TensorFlow.js has another rule, `tensorflow-rules.test.ts` states both.
 */
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import type { CompiledPolicy } from '../../compiler/driver.ts'
import { onTensorsSync } from '../../host/tfjs/index.ts'
import type { Params } from '../../host/runtime/types.ts'
import type { PackedTensor } from '../../host/runtime/wasm/types.ts'
import { compilePolicy, instantiatePolicy, random } from '../support/differential.ts'
import { evaluateEntry } from '../support/evaluate-entry.ts'
import { librarySource } from '../support/library-source.ts'
import { topMask, useBackend } from '../support/tensorflow.ts'

beforeAll(async () => void (await useBackend('cpu')))

type Tensors = Readonly<Record<string, tf.Tensor>>
type Extents = Readonly<Record<string, number>>

interface Formulation {
  readonly policy: string
  readonly entry: string
  /** Shapes of the inputs. */
  readonly inputs: (extents: Extents) => Readonly<Record<string, readonly number[]>>
  readonly compute: (inputs: Tensors, extents: Extents, params: Readonly<Record<string, number>>) => Tensors
  readonly cases: readonly (readonly [extents: Extents, params: Readonly<Record<string, number>>])[]
  /** Inputs of few different values make ties. They need scores that are exact in single precision. */
  readonly ties: boolean
  /** Inputs are not negative. */
  readonly positive?: boolean
}

/** Ratios are counts of hundredths here, so that amounts are exact. */
const kept = (drop: number, n: number): number => n - Math.floor((drop * n) / 100)
const asParams = (params: Readonly<Record<string, number>>, ratios: readonly string[]): Params =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, ratios.includes(name) ? `${value}%` : value]))
const RATIOS = ['sparsity', 'k_sparsity', 'v_sparsity', 'ratio', 'heavy', 'recent', 'mass']

/** The rows of `x` [kv, token, channel] at the k best of `scores` [kv, token], in their order. */
function gatherBest(x: tf.Tensor, scores: tf.Tensor, k: number): tf.Tensor {
  const { indices } = tf.topk(scores, k, true)
  const inOrder = tf.reverse(tf.cast(tf.neg(tf.topk(tf.neg(tf.cast(indices, 'float32')), k, true).values), 'int32'), -1)
  return tf.gather(x, tf.reverse(inOrder, -1), 1, 1)
}

const square = (x: tf.Tensor): tf.Tensor => tf.mul(x, x)
const packedBy = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor => tf.where(mask, x, tf.zerosLike(x))
const byChannel = (x: tf.Tensor, drop: number): tf.Tensor => packedBy(x, topMask(tf.abs(x), kept(drop, x.shape.at(-1) ?? 0)))

/** Q as [kv, group, query, channel], so that it meets its keys. */
const grouped = (Q: tf.Tensor, { kv, group, query, channel }: Extents): tf.Tensor =>
  tf.reshape(Q, [kv!, group!, query!, channel!])

/** Attention [kv, group, query, token]: queries are the last of the tokens, each sees itself and what was before. */
function causal(Q: tf.Tensor, K: tf.Tensor, extents: Extents): tf.Tensor {
  const { group, query, token, channel } = extents
  // Tiled, because tf.matMul on this backend takes batches in turn where it should broadcast an inner axis.
  const keys = tf.tile(tf.expandDims(K, 1), [1, group!, 1, 1])
  const scores = tf.div(tf.matMul(grouped(Q, extents), keys, false, true), Math.sqrt(channel!))
  const visible = tf.lessEqual(
    tf.range(0, token!, 1, 'int32'),
    tf.expandDims(tf.add(tf.range(0, query!, 1, 'int32'), tf.scalar(token! - query!, 'int32')), 1),
  )
  return tf.softmax(tf.where(tf.broadcastTo(visible, scores.shape), scores, tf.fill(scores.shape, -Infinity)))
}

const isLast = (n: number, count: number): tf.Tensor => tf.greaterEqual(tf.range(0, n, 1, 'int32'), tf.scalar(n - count, 'int32'))

const HEADS = [
  { kv: 2, group: 2, query: 5, token: 9, channel: 8 },
  { kv: 1, group: 3, query: 7, token: 7, channel: 5 },
  { kv: 3, group: 1, query: 1, token: 33, channel: 16 },
] as const
const qk = ({ kv, group, query, token, channel }: Extents): Record<string, readonly number[]> => ({
  Q: [kv! * group!, query!, channel!],
  K: [kv!, token!, channel!],
})

const FORMULATIONS: readonly Formulation[] = [
  {
    policy: 'magnitude',
    entry: 'prune',
    inputs: (e) => ({ W: [e['out']!, e['in']!] }),
    compute: ({ W }, e, { sparsity }) => {
      const n = e['out']! * e['in']!
      return { mask: tf.reshape(topMask(tf.reshape(tf.abs(W!), [n]), kept(sparsity!, n)), W!.shape) }
    },
    cases: [
      [{ out: 8, in: 16 }, { sparsity: 50 }],
      [{ out: 7, in: 13 }, { sparsity: 33 }],
      [{ out: 1, in: 1 }, { sparsity: 99 }],
      [{ out: 3, in: 5 }, { sparsity: 0 }],
      [{ out: 5, in: 11 }, { sparsity: 100 }],
    ],
    ties: true,
  },
  {
    policy: 'nm',
    entry: 'prune',
    inputs: (e) => ({ W: [e['out']!, e['in']!] }),
    compute: ({ W }, _, { n, m }) => ({
      mask: tf.reshape(topMask(tf.reshape(tf.abs(W!), [-1, m!]), n!), W!.shape),
    }),
    cases: [
      [
        { out: 4, in: 16, cluster: 4, lane: 4 },
        { n: 2, m: 4 },
      ],
      [
        { out: 3, in: 24, cluster: 3, lane: 8 },
        { n: 1, m: 8 },
      ],
      [
        { out: 5, in: 21, cluster: 7, lane: 3 },
        { n: 2, m: 3 },
      ],
    ],
    ties: true,
  },
  {
    policy: 'mustafar',
    entry: 'compress',
    inputs: (e) => ({ K: [e['kv']!, e['token']!, e['channel']!], V: [e['kv']!, e['token']!, e['channel']!] }),
    compute: ({ K, V }, _, { k_sparsity, v_sparsity }) => ({ K: byChannel(K!, k_sparsity!), V: byChannel(V!, v_sparsity!) }),
    cases: [
      [
        { kv: 2, token: 6, channel: 64 },
        { k_sparsity: 70, v_sparsity: 50 },
      ],
      [
        { kv: 1, token: 3, channel: 65 },
        { k_sparsity: 70, v_sparsity: 71 },
      ],
      [
        { kv: 3, token: 1, channel: 7 },
        { k_sparsity: 0, v_sparsity: 99 },
      ],
    ],
    ties: true,
  },
  {
    policy: 'knorm',
    entry: 'compress',
    inputs: (e) => ({ K: [e['kv']!, e['token']!, e['channel']!], V: [e['kv']!, e['token']!, e['channel']!] }),
    compute: ({ K, V }, e, { ratio }) => {
      const k = Math.floor(((100 - ratio!) * e['token']!) / 100)
      const scores = tf.neg(tf.sum(square(K!), -1))
      return { tokens: topMask(scores, k), K: gatherBest(K!, scores, k), V: gatherBest(V!, scores, k) }
    },
    cases: [
      [{ kv: 2, token: 16, channel: 8 }, { ratio: 50 }],
      [{ kv: 3, token: 11, channel: 5 }, { ratio: 33 }],
      [{ kv: 1, token: 2, channel: 1 }, { ratio: 50 }],
    ],
    ties: true,
  },
  {
    policy: 'keydiff',
    entry: 'select',
    inputs: (e) => ({ K: [e['kv']!, e['token']!, e['channel']!] }),
    compute: ({ K }, e, { ratio }) => {
      const unit = tf.div(K!, tf.maximum(tf.norm(K!, 2, -1, true), 1e-12))
      const anchor = tf.mean(unit, 1, true)
      const similarity = tf.div(tf.sum(tf.mul(unit, anchor), -1), tf.norm(anchor, 2, -1))
      return { tokens: topMask(tf.neg(similarity), Math.floor(((100 - ratio!) * e['token']!) / 100)) }
    },
    cases: [
      [{ kv: 2, token: 16, channel: 8 }, { ratio: 50 }],
      [{ kv: 3, token: 17, channel: 3 }, { ratio: 25 }],
    ],
    ties: false,
  },
  {
    policy: 'think',
    entry: 'prune',
    inputs: qk,
    compute: ({ Q, K }, e, { ratio, window }) => {
      const voting = tf.reshape(isLast(e['query']!, Math.min(window!, e['query']!)), [1, 1, -1, 1])
      const squares = square(grouped(Q!, e))
      const use = tf.mean(tf.where(tf.broadcastTo(voting, squares.shape), squares, tf.zerosLike(squares)), [1, 2])
      return { channels: topMask(tf.mul(use, tf.mean(square(K!), 1)), kept(ratio!, e['channel']!)) }
    },
    cases: HEADS.map((heads, i) => [heads, { ratio: 40 + 7 * i, window: 2 + 3 * i }] as const),
    ties: false,
  },
  {
    policy: 'h2o',
    entry: 'select',
    inputs: qk,
    compute: ({ Q, K }, e, { heavy, recent }) => {
      const token = e['token']!
      const importance = tf.mean(tf.sum(causal(Q!, K!, e), 2), 1)
      const late = Math.floor((recent! * token) / 100)
      const near = tf.broadcastTo(isLast(token, late), importance.shape)
      const candidates = tf.where(near, tf.fill(importance.shape, -1), importance)
      const best = topMask(candidates, Math.min(Math.floor((heavy! * token) / 100), token - late))
      return { importance, tokens: tf.logicalOr(near, best) }
    },
    cases: HEADS.flatMap((heads) => [[heads, { heavy: 30, recent: 20 }] as const, [heads, { heavy: 90, recent: 50 }] as const]),
    ties: false,
  },
  {
    policy: 'snapkv',
    entry: 'select',
    inputs: qk,
    compute: ({ Q, K }, e, { window, capacity, kernel }) => {
      const [query, token] = [e['query']!, e['token']!]
      const asking = Math.min(window!, query)
      const attention = tf.slice(causal(Q!, K!, e), [0, 0, query - asking, 0], [-1, -1, asking, -1])
      const near = tf.broadcastTo(isLast(token, window!), [e['kv']!, token])
      const votes = tf.where(near, tf.zeros([e['kv']!, token]), tf.mean(attention, [1, 2]))
      // Padding of tf.avgPool does not count in the mean; here, zeros outside do.
      const side = (kernel! - 1) / 2
      const padded = tf.reshape(
        tf.pad(votes, [
          [0, 0],
          [side, side],
        ]),
        [e['kv']!, token + 2 * side, 1, 1],
      ) as tf.Tensor4D
      const pooled = tf.reshape(tf.avgPool(padded, [kernel!, 1], 1, 'valid'), [e['kv']!, token])
      return { tokens: topMask(tf.where(near, tf.fill(near.shape, 2), pooled), capacity!) }
    },
    cases: [
      [HEADS[0], { window: 2, capacity: 5, kernel: 3 }],
      [HEADS[1], { window: 3, capacity: 5, kernel: 1 }],
      [HEADS[2], { window: 1, capacity: 17, kernel: 5 }],
    ],
    ties: false,
  },
  {
    policy: 'fastv',
    entry: 'select',
    inputs: qk,
    compute: ({ Q, K }, e, { ratio, begin, images }) => {
      const [query, token] = [e['query']!, e['token']!]
      // The newest query sees every token.
      const newest = tf.slice(causal(Q!, K!, e), [0, 0, query - 1, 0], [-1, -1, 1, -1])
      const places = tf.range(0, token, 1, 'int32')
      const image = tf.logicalAnd(tf.greaterEqual(places, begin!), tf.less(places, begin! + images!))
      const scores = tf.where(image, tf.mean(newest, [0, 1, 2]), tf.fill([token], -1))
      return { tokens: tf.logicalOr(tf.logicalNot(image), topMask(scores, ((100 - ratio!) * images!) / 100)) }
    },
    cases: [
      [HEADS[0], { ratio: 50, begin: 2, images: 6 }],
      [HEADS[1], { ratio: 25, begin: 0, images: 4 }],
      [HEADS[2], { ratio: 90, begin: 3, images: 30 }],
    ],
    ties: false,
  },
  {
    policy: 'topp',
    entry: 'select',
    inputs: (e) => ({ probability: [e['row']!, e['token']!] }),
    compute: ({ probability }, e, { mass, least }) => {
      const token = e['token']!
      const { values, indices } = tf.topk(probability!, token, true)
      const before = tf.cumsum(values, 1, true)
      const wanted = tf.mul(tf.sum(values, -1, true), mass! / 100)
      const first = tf.less(tf.range(0, token, 1, 'int32'), tf.scalar(least!, 'int32'))
      const chosen = tf.logicalOr(tf.less(before, wanted), tf.broadcastTo(first, values.shape))
      const places = tf.equal(tf.expandDims(indices, -1), tf.range(0, token, 1, 'int32'))
      return { tokens: tf.any(tf.logicalAnd(places, tf.expandDims(chosen, -1)), -2) }
    },
    cases: [
      [
        { row: 4, token: 32 },
        { mass: 90, least: 1 },
      ],
      [
        { row: 3, token: 7 },
        { mass: 50, least: 4 },
      ],
      [
        { row: 1, token: 1 },
        { mass: 10, least: 1 },
      ],
    ],
    ties: false,
    positive: true,
  },
]

const count = (shape: readonly number[]): number => shape.reduce((x, y) => x * y, 1)

/** Elements of the inputs: normally distributed, or of few different values. */
function draw(formulation: Formulation, extents: Extents, seed: number, ties: boolean): Readonly<Record<string, Float32Array>> {
  const next = random(seed)
  const one = (): number => {
    if (ties) return Math.floor(next() * 5) - 2
    const normal = Math.sqrt(-2 * Math.log(next() || 0.5)) * Math.cos(2 * Math.PI * next())
    return formulation.positive === true ? Math.abs(normal) : normal
  }
  return Object.fromEntries(
    Object.entries(formulation.inputs(extents)).map(([name, shape]) => [name, Float32Array.from({ length: count(shape) }, one)]),
  )
}

const dense = (result: unknown): { readonly shape: readonly number[]; readonly data: ArrayLike<number> } =>
  result instanceof tf.Tensor
    ? { shape: result.shape, data: result.dataSync() }
    : { shape: (result as PackedTensor).shape, data: (result as PackedTensor).toFloat32() }

function agree(label: string, isExact: boolean, expected: ArrayLike<number>, got: ArrayLike<number>): void {
  expect(got.length, label).toBe(expected.length)
  const largest = Array.from(expected).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const wrong = Array.from(expected).findIndex((x, i) =>
    isExact ? x !== got[i] : !(Math.abs(x - got[i]!) <= 1e-5 * Math.max(largest, 1e-30)),
  )
  expect(wrong < 0 ? 'equal' : `${label}[${wrong}] is ${got[wrong]}, not ${expected[wrong]}`).toBe('equal')
}

/** What TensorFlow.js computes, the evaluator, and the compiled policy on the same tensors. */
function compare(
  formulation: Formulation,
  compiled: CompiledPolicy,
  entries: ReturnType<typeof onTensorsSync>,
  seed: number,
): void {
  for (const [extents, given] of formulation.cases)
    for (const ties of formulation.ties ? [false, true] : [false]) {
      const data = draw(formulation, extents, seed, ties)
      const params = asParams(given, RATIOS)
      const evaluated = evaluateEntry(compiled, formulation.entry, data, params, extents).outputs
      tf.tidy(() => {
        const shapes = formulation.inputs(extents)
        const inputs = Object.fromEntries(
          Object.entries(data).map(([name, values]) => [name, tf.tensor(values, [...shapes[name]!])]),
        )
        const expected = formulation.compute(inputs, extents, given)
        const run = (entries as Record<string, (inputs: Tensors, params: Params) => Record<string, unknown>>)[formulation.entry]!
        const got = run(inputs, params)
        expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort())
        for (const [name, tensor] of Object.entries(expected)) {
          const values = tensor.dataSync()
          const isExact = tensor.dtype === 'bool' || (got[name] as PackedTensor).kind === 'packed'
          const label = `${name} of ${JSON.stringify([extents, given, ties])}`
          agree(`the evaluator's ${label}`, isExact, values, evaluated.get(name)!.data)
          agree(`the compiled policy's ${label}`, isExact, values, dense(got[name]).data)
          expect(dense(got[name]).shape).toEqual(tensor.shape)
          if (!(got[name] instanceof tf.Tensor)) (got[name] as PackedTensor).release()
        }
      })
    }
}

describe('the same by TensorFlow.js', () => {
  test.each(FORMULATIONS)('$policy, $entry', async (formulation) => {
    const compiled = await compilePolicy({ text: librarySource(`std:${formulation.policy}`).text })
    const policy = await instantiatePolicy(compiled)
    for (const seed of [1, 2, 3]) compare(formulation, compiled, onTensorsSync(policy, tf), seed)
    policy.release()
  })
})
