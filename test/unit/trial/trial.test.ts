/** Inputs of trials, and when two results count as the same. */
import { describe, expect, test } from 'vitest'
import { DiagnosticSink } from '../../../compiler/diagnostics/sink.ts'
import { frontEnd } from '../../../compiler/driver.ts'
import type { EvalOutputs } from '../../../compiler/ir/eval.ts'
import type { TensorValue } from '../../../compiler/ir/eval-value.ts'
import { firstDifference } from '../../../compiler/trial/difference.ts'
import { meaningOf } from '../../../compiler/trial/meaning.ts'
import { makeTrial } from '../../../compiler/trial/trial.ts'

const moduleOf = (text: string) =>
  frontEnd({ source: { name: 'p.prune', text }, load: () => null, sink: new DiagnosticSink() }).modules[0]!

const request = (seed: number, sizes: Readonly<Record<string, number>> = {}) => ({
  sizes: new Map(Object.entries(sizes)),
  params: new Map(),
  seed,
})

describe('inputs', () => {
  const text = `policy p(k: count = 3) {
    axes in = quad * lane(4)
    axes token = page * slot(k)
    axes other = token
    state seen: i32[in] = 0
    entry e(W: nm(2, 4) f16[out, in], X: f32[token, in], B: bool[token]) {
      seen := seen + 1
      return y: sum[in](W * X), n: count[slot](B where index(lane) == 0), z: seen
    }
  }`
  const module = moduleOf(text)
  const func = module.funcs[0]!

  test('are the same for the same seed, and differ between seeds', () => {
    const [one, two, three] = [0, 0, 1].map((seed) => makeTrial(module, func, request(seed)))
    expect(one).toEqual(two)
    expect(one!.inputs.get('X')!.data).not.toEqual(three!.inputs.get('X')!.data)
  })

  test('follow sizes, pins and parameters; groups are n of m', () => {
    const { inputs, extents } = makeTrial(module, func, request(1, { page: 2, quad: 3 }))
    expect(inputs.get('X')!.shape).toEqual([2, 3, 3, 4])
    expect(inputs.get('seen')!.shape).toEqual([3, 4])
    expect([...extents.keys()]).toEqual(expect.arrayContaining(['page', 'quad', 'out']))
    const mask = inputs.get('W')!.packed!.mask
    for (let start = 0; start < mask.length; start += 4)
      expect(mask.slice(start, start + 4).reduce((n, bit) => n + bit, 0)).toBe(2)
  })

  test('rows of different length hold their first entries, each whole', () => {
    const ragged = moduleOf('policy p { entry e(K: compact over kept f16[kv, kept, channel]) { return y: K * 2 } }')
    const { inputs } = makeTrial(ragged, ragged.funcs[0]!, request(3, { kv: 4, kept: 5, channel: 2 }))
    const mask = [...inputs.get('K')!.packed!.mask]
    const rows = [0, 1, 2, 3].map((kv) => mask.slice(kv * 10, kv * 10 + 10).join(''))
    for (const row of rows) expect(row).toMatch(/^(11)*(00)*$/)
    expect(new Set(rows).size).toBeGreaterThan(1)
  })

  test('what the evaluator refuses is told, not thrown', () => {
    const divides = moduleOf('policy p(k: count = 0) { entry e(X: f32[row]) { return y: X * (size(row) / k) } }')
    const { samples, refused } = meaningOf(divides, [request(0)])
    expect(samples).toEqual([])
    expect(refused).toEqual([expect.stringMatching(/^e, inputs 0: /)])
  })
})

describe('results', () => {
  const value = (data: readonly number[], more: Partial<TensorValue> = {}): EvalOutputs => ({
    outputs: new Map([
      ['y', { kind: 'tensor', dtype: 'f32', axes: ['row'], shape: [data.length], data: Float64Array.from(data), ...more }],
    ]),
    states: new Map(),
  })
  test('are compared within the tolerance of the largest, NaN and infinities by kind', () => {
    expect(firstDifference(value([1000, 1]), value([1000, 1.0005]), 1e-6)).toBeNull()
    expect(firstDifference(value([1, 1]), value([1, 1.01]), 1e-3)).toBe('y at [row 1] is 1.01, not 1')
    expect(firstDifference(value([NaN, Infinity]), value([NaN, Infinity]), 0)).toBeNull()
    expect(firstDifference(value([NaN]), value([0]), 1)).toBe('y at [row 0] is 0, not NaN')
  })
  test('masks and whole numbers exactly', () => {
    expect(firstDifference(value([1, 0], { dtype: 'bool' }), value([0, 0], { dtype: 'bool' }), 1)).toBe(
      'y at [row 0] is 0, not 1',
    )
  })
  test('what is packed, by what is kept', () => {
    const packed = (mask: readonly number[]) => ({
      packed: { packing: { format: { kind: 'indices' as const }, over: ['row'], exact: false }, mask: Uint8Array.from(mask) },
    })
    expect(firstDifference(value([0, 2], packed([1, 1])), value([0, 2], packed([0, 1])), 0)).toBe('y drops element [row 0]')
    expect(firstDifference(value([0, 2], packed([0, 1])), value([0, 2], packed([1, 1])), 0)).toBe('y keeps element [row 0]')
  })
  test('a missing output is a difference', () => {
    expect(firstDifference(value([1]), { outputs: new Map(), states: new Map() }, 0)).toBe('y is missing')
  })
})
