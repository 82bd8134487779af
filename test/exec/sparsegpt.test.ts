/**
 * SparseGPT on correlated inputs: its factors against the equations that define them, its pruned weights against numbers that the
 * rule gives in NumPy, the closed form for one column, and the masks that nothing makes up for.
 */
import { expect, test } from 'vitest'
import { compilePolicy, instantiatePolicy, random } from '../support/differential.ts'
import { readSource } from '../support/source-tree.ts'

const compiled = compilePolicy({ text: readSource('stdlib/sparsegpt.prune') })
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
  const policy = await instantiatePolicy(await compiled)
  policy.call('observe', { X: tensor(X, [TOKENS, IN]) }, {})
  const U = Float32Array.from(policy.call('factor', {}, {})['U']!.toFloat32())
  const removed = Float32Array.from(policy.call('remove', { W: tensor(W, [OUT, IN]) }, { column: 4 })['W']!.toFloat32())
  const H = Float32Array.from(policy.readState('hessian').data as Float32Array)
  policy.release()
  return { U, H, removed }
}

test('the factor is that of the inverse, and removing a column beats zeroing it', async () => {
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
})

interface Pruned {
  readonly W: readonly number[]
  readonly mask: readonly number[]
}

/** What `entry` makes of weights, with the factor for inputs that were given in one call. */
async function pruned(
  [inputs, tokens]: readonly [readonly number[], number],
  [weights, rows]: readonly [readonly number[], number],
  entry: 'prune' | 'prune_nm',
  params: Readonly<Record<string, number>>,
): Promise<Pruned> {
  const policy = await instantiatePolicy(await compiled)
  policy.call('observe', { X: tensor(inputs, [tokens, inputs.length / tokens]) }, {})
  const { U, dead } = policy.call('factor', {}, {})
  const given = { W: tensor(weights, [rows, weights.length / rows]), U: U!, dead: dead! }
  const result = policy.call(entry, given, params)
  const numbers = { W: [...result['W']!.toFloat32()], mask: [...result['mask']!.toFloat32()] }
  policy.release()
  return numbers
}

/** The fifth input is never active. */
const FEW_X = [
  [1, 0.5, -1, 2, 0, 1.5],
  [0.5, 1, 0.5, 1, 0, -1],
  [-1, 2, 1, 0, 0, 0.5],
  [2, -0.5, 1, 1.5, 0, 1],
  [0, 1.5, -2, 0.5, 0, 2],
  [1.5, 1, 0.5, -1, 0, 1],
  [-0.5, 0.5, 2, 1, 0, -2],
  [1, -1, 0, 2, 0, 0.5],
]
const FEW_W = [
  [0.9, -0.4, 0.3, 0.7, 0.2, -0.6],
  [-0.2, 0.8, -0.5, 0.1, 0.4, 0.3],
  [0.6, 0.25, -0.7, -0.35, 0.9, 0.15],
]

/**
 * H = 2 X.T @ X; dead = diag(H) == 0: H = 1 there, W = 0; H += 0.01 mean(diag(H)) I; U = cholesky(inv(H)).T. For each block of
 * columns: the mask drops the half of least (W / diag(U))^2 (n:m: each row the n - m least of every m); for i in the block,
 * e = (W[:, i] - q) / U[i, i], W[:, i:] -= outer(e, U[i, i:]), where q is W[:, i], or 0 where it is dropped.
 */
test.each([
  [
    'prune',
    { width: 4 },
    [0.9, 0, 0, 0.774682, 0, -0.86622, 0, 0.869845, -0.593194, 0, 0, 0.170914, 0, 0, -0.409918, -0.206152, 0, 0.579549],
  ],
  [
    'prune',
    { width: 2 },
    [0.9, 0, 0, 0.774682, 0, -0.86622, 0, 0.869845, -0.593194, 0, 0, 0.170914, 0.6, 0, -0.635121, 0, 0, 0.17394],
  ],
  [
    'prune_nm',
    { n: 2, m: 3 },
    [
      0.9, -0.4, 0, 0.744365, 0, -0.781315, 0, 0.869845, -0.593194, 0.050511, 0, 0.161796, 0.6, 0, -0.635121, -0.378543, 0,
      0.242278,
    ],
  ],
] as const)('%s with %j gives what NumPy gives', async (entry, params, expected) => {
  const { W: got, mask } = await pruned([FEW_X.flat(), 8], [FEW_W.flat(), 3], entry, params)
  got.forEach((w, at) => expect(w).toBeCloseTo(expected[at]!, 4))
  expect(mask).toEqual(expected.map((w) => Number(w !== 0)))
})

test('dropping the first column alone is the closed form of the surgeon', async () => {
  const { U } = await factors()
  const inverse = (j: number): number => U[0]! * U[j]! // row 0 of U^T U
  const weights = W.map((w, at) => (at % IN === 0 ? w : w + 20 * Math.sign(w))) // so that the first one costs least
  for (let o = 0; o < OUT; o++) {
    const row = weights.slice(o * IN, (o + 1) * IN)
    const { W: got, mask } = await pruned([X, TOKENS], [row, 1], 'prune', { sparsity: 0.1 })
    expect(mask).toEqual(row.map((_, j) => Number(j > 0)))
    got.forEach((w, j) => expect(w).toBeCloseTo(j === 0 ? 0 : row[j]! - (row[0]! / inverse(0)) * inverse(j), 4))
  }
})

test('on correlated inputs the outputs change less than by masks alone', async () => {
  const { H } = await factors()
  const norm = (i: number): number => Math.sqrt(H[i * IN + i]!)
  const wanda = change(without((o, i) => Math.abs(W[o * IN + i]!) * norm(i)))
  const magnitude = change(without((o, i) => Math.abs(W[o * IN + i]!)))
  for (const width of [12, 4, 5]) {
    const { W: got, mask } = await pruned([X, TOKENS], [W, OUT], 'prune', { width })
    expect(mask.filter((kept) => kept === 0)).toHaveLength((OUT * IN) / 2)
    expect(got.filter((w, at) => w !== 0 && mask[at] === 0)).toEqual([])
    expect(change(got)).toBeLessThan(wanda)
    expect(change(got)).toBeLessThan(magnitude)
  }
  const { W: got } = await pruned([X, TOKENS], [W, OUT], 'prune_nm', {})
  expect(change(got)).toBeLessThan(wanda)
})
