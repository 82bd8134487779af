/**
 * FLAP's joint budget over heads and neurons (its rule AL-AM), as its code computes it: sort both kinds together, take the
 * prefix whose cost is nearest the budget, and keep what is strictly greater than the last score of it.
 */
import { expect, test } from 'vitest'
import { compilePolicy, instantiatePolicy, random } from '../support/differential.ts'

const policy = `policy flap(sparsity: ratio = 20%, head_cost: real = 170) {
  entry prune(heads: f32[layer, head], neurons: f32[layer, neuron]) {
    kept = keep cost 1 - sparsity of h: (layer, head) by heads costing head_cost, n: (layer, neuron) by neurons round nearest
    least = min(min[layer, head](heads where kept.h else inf), min[layer, neuron](neurons where kept.n else inf))
    return heads: heads > least, neurons: neurons > least
  }
}`

interface Kept {
  readonly heads: readonly number[]
  readonly neurons: readonly number[]
}

function flap(heads: Float32Array, neurons: Float32Array, sparsity: number): Kept {
  const units = [...[...heads].map((score) => ({ score, cost: 170 })), ...[...neurons].map((score) => ({ score, cost: 1 }))]
  const sorted = [...units].sort((a, b) => b.score - a.score)
  const budget = units.reduce((sum, { cost }) => sum + cost, 0) * (1 - sparsity)
  let paid = 0
  let best = { distance: Infinity, score: Infinity }
  for (const { score, cost } of sorted) {
    paid += cost
    if (Math.abs(paid - budget) < best.distance) best = { distance: Math.abs(paid - budget), score }
  }
  const flags = (scores: Float32Array): number[] => [...scores].map((score) => Number(score > best.score))
  return { heads: flags(heads), neurons: flags(neurons) }
}

test('keeps what FLAP keeps', async () => {
  const compiled = await compilePolicy({ text: policy })
  const instance = await instantiatePolicy(compiled)
  const next = random(7)
  for (const sparsity of [0, 0.2, 0.25, 0.5, 0.9]) {
    const heads = Float32Array.from({ length: 4 * 8 }, () => next() + next() - 1)
    const neurons = Float32Array.from({ length: 4 * 500 }, () => next() + next() - 1)
    const got = instance.call(
      'prune',
      { heads: { data: heads, shape: [4, 8], dtype: 'f32' }, neurons: { data: neurons, shape: [4, 500], dtype: 'f32' } },
      { sparsity },
    )
    const kept = flap(heads, neurons, sparsity)
    expect([...got['heads']!.toFloat32()]).toEqual(kept.heads)
    expect([...got['neurons']!.toFloat32()]).toEqual(kept.neurons)
    Object.values(got).forEach((tensor) => tensor.release())
  }
  instance.release()
})
