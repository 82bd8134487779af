/** The factors of SparseGPT on correlated inputs: against the equations that define them, and as what pruning column by column needs. */
import { expect, test } from 'vitest'
import { compilePolicy, instantiatePolicy, random } from '../support/differential.ts'
import { readSource } from '../support/source-tree.ts'

const IN = 12
const OUT = 6
const TOKENS = 40
const next = random(5)
const shared = Array.from({ length: TOKENS }, () => next() - 0.5)
const X = Array.from({ length: TOKENS * IN }, (_, i) => next() - 0.5 + 2 * shared[Math.floor(i / IN)]! * ((i % 3) + 1))
const W = Array.from({ length: OUT * IN }, () => next() - 0.5)
const tensor = (data: readonly number[], shape: readonly number[]) => ({
  data: Float32Array.from(data),
  shape,
  dtype: 'f32' as const,
})

/** Mean squared change of the outputs. */
function change(weights: ArrayLike<number>): number {
  let sum = 0
  for (let o = 0; o < OUT; o++)
    for (let t = 0; t < TOKENS; t++) {
      let difference = 0
      for (let i = 0; i < IN; i++) difference += (weights[o * IN + i]! - W[o * IN + i]!) * X[t * IN + i]!
      sum += difference ** 2
    }
  return sum / (OUT * TOKENS)
}

/** W without the half of each row with the least score. */
function without(score: (o: number, i: number) => number): number[] {
  const kept = W.slice()
  for (let o = 0; o < OUT; o++) {
    const order = Array.from({ length: IN }, (_, i) => i).sort((a, b) => score(o, a) - score(o, b))
    for (const i of order.slice(0, IN / 2)) kept[o * IN + i] = 0
  }
  return kept
}

async function factors(): Promise<{ U: Float32Array; H: Float32Array; removed: Float32Array }> {
  const policy = await instantiatePolicy(await compilePolicy({ text: readSource('stdlib/sparsegpt.prune') }))
  policy.call('observe', { X: tensor(X, [TOKENS, IN]) }, {})
  const U = Float32Array.from(policy.call('factor', {}, {})['U']!.toFloat32())
  const removed = Float32Array.from(policy.call('remove', { W: tensor(W, [OUT, IN]) }, { column: 4 })['W']!.toFloat32())
  const H = Float32Array.from(policy.readState('hessian').data as Float32Array)
  policy.release()
  return { U, H, removed }
}

test('the factor is that of the inverse, and pruning with it beats masks', async () => {
  const { U, H, removed } = await factors()
  const damping = (0.01 * Array.from({ length: IN }, (_, i) => H[i * IN + i]!).reduce((x, y) => x + y, 0)) / IN
  const at = (matrix: Float32Array, i: number, j: number): number => matrix[i * IN + j]!
  const inverse = (i: number, j: number): number =>
    Array.from({ length: IN }, (_, k) => at(U, k, i) * at(U, k, j)).reduce((x, y) => x + y, 0)
  for (let i = 0; i < IN; i++)
    for (let j = 0; j < IN; j++) {
      const product = Array.from({ length: IN }, (_, k) => inverse(i, k) * (at(H, k, j) + (k === j ? damping : 0)))
      expect(product.reduce((x, y) => x + y, 0)).toBeCloseTo(Number(i === j), 2)
      if (j < i) expect(at(U, i, j)).toBe(0)
      const surgeon = (o: number): number => W[o * IN + j]! - (W[o * IN + 4]! / inverse(4, 4)) * inverse(4, j)
      if (i < OUT) expect(removed[i * IN + j]).toBeCloseTo(j === 4 ? 0 : surgeon(i), 3)
    }
  const zeroed = W.map((w, at) => (at % IN === 4 ? 0 : w))
  expect(change(removed)).toBeLessThan(change(zeroed))

  const updated = W.slice()
  for (let o = 0; o < OUT; o++) {
    const costs = Array.from({ length: IN }, (_, i) => [(W[o * IN + i]! / at(U, i, i)) ** 2, i] as const).sort(
      (a, b) => a[0] - b[0],
    )
    const gone = new Set(costs.slice(0, IN / 2).map(([, i]) => i))
    for (let i = 0; i < IN; i++) {
      if (!gone.has(i)) continue
      const error = updated[o * IN + i]! / at(U, i, i)
      for (let j = i; j < IN; j++) updated[o * IN + j]! -= error * at(U, i, j)
    }
  }
  const norm = (i: number): number => Math.sqrt(at(H, i, i))
  expect(change(updated)).toBeLessThan(change(without((o, i) => Math.abs(W[o * IN + i]!) * norm(i))))
  expect(change(updated)).toBeLessThan(change(without((o, i) => Math.abs(W[o * IN + i]!))))
})
