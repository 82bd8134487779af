/**
 * Linear algebra on both targets: odd sizes, batches in any order of axes, factors that are used where they are made, and what is
 * specified for matrices that are not as they should be. The evaluator itself is held to the equations that define each function.
 */
import { describe, expect, test } from 'vitest'
import { evaluateText } from '../support/evaluate-text.ts'
import { differences, random } from '../support/differential.ts'

const policy = `policy p {
  axes j = i
  entry e(A: f32[i, h, r], y: f32[i, m], x: f32[s, i, h], z: f32[s]) {
    gram = sum[r](A * A[i -> j]) / max(size(r), 1) + (if index(i) == index(j) then 0.5 else 0)
    L = cholesky[i, j](gram)
    solved = solve_upper[j, i](L, solve_lower[i, j](L, y))
    return lower: L, solved, lambda: eigh_values[i, j](gram), v: eigh_vectors[i, j](gram), flat: sum[i](abs(eigh_vectors[i, j](gram))), fit: lstsq[s, i](x, z)
  }
}`

describe.each([0, 1, 2, 3, 17, 64])('%d rows and columns', (i) => {
  test.each([
    { h: 1, m: 1 },
    { h: 3, m: 2 },
  ])('batches %j', async ({ h, m }) => {
    const extents = { i, j: i, h, m, r: i + 3, s: 2 * i + 1 }
    expect(await differences({ text: policy, extents, calls: [{ entry: 'e' }], tolerance: 2e-4, seed: 7 })).toEqual([])
  })
})

test('no rows to fit, and fewer rows than columns', async () => {
  const text = 'policy p { entry e(A: f32[s, i], y: f32[s, k]) { return x: lstsq[s, i](A, y) } }'
  for (const s of [0, 1, 2]) expect(await differences({ text, extents: { s, i: 4, k: 3 }, calls: [{ entry: 'e' }] })).toEqual([])
})

const { NaN: nan } = Number
const special = `policy p {
  axes j = i
  entry e(A: f32[i, j], y: f32[i]) {
    return l: cholesky[i, j](A), a: solve_lower[i, j](A, y), b: solve_upper[i, j](A, y), c: lstsq[i, j](A, y), v: eigh_values[i, j](A), w: eigh_vectors[i, j](A)
  }
}`
test.each([
  { title: 'indefinite', A: [4, 2, 2, 1] },
  { title: 'negative', A: [1, 2, 2, 1] },
  { title: 'zero', A: [0, 0, 0, 0] },
  { title: 'not finite', A: [1, nan, 3, 4] },
  { title: 'infinite', A: [Infinity, 0, 0, 1] },
  { title: 'equal columns', A: [1, 1, 2, 2] },
  { title: 'large and small', A: [3e30, 1e-30, 1e-30, 1e-38] },
  { title: 'equal components', A: [0, 1, 1, 0] },
])('a matrix that is $title', async ({ A }) => {
  const found = await differences({ text: special, extents: { i: 2, j: 2 }, calls: [{ entry: 'e', data: { A, y: [1, 2] } }] })
  expect(found).toEqual([])
})

test('the sides of a square matrix are compared when the policy is called', async () => {
  const call = { text: special, extents: { i: 2, j: 3 }, calls: [{ entry: 'e' }] }
  await expect(differences(call)).rejects.toThrow(/equally long|ESP43/)
})

type Rows = readonly (readonly number[])[]
const run = (body: string, given: Readonly<Record<string, Rows | readonly number[]>>, type = 'f32[row, column]'): Rows =>
  evaluateText(
    `entry e(%0 a: ${type} input, %1 y: f32[row] input) axes(row, column) {
  ${body}
  return out = %2
}`,
    { ...given } as never,
    {},
  ).out as Rows

const times = (a: Rows, b: Rows): Rows => a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)))
const transposed = (a: Rows): Rows => a[0]!.map((_, j) => a.map((row) => row[j]!))

describe('the evaluator', () => {
  const next = random(3)
  const made = Array.from({ length: 5 }, () => Array.from({ length: 5 }, () => next() - 0.5))
  const a = times(made, transposed(made))
  const y = [1, -2, 3, 0.5, 2]
  const near = (x: Rows, expected: Rows): void =>
    x.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]![j]!, 9)))
  const L = '%2 = cholesky(%0) {axes = ["row", "column"]}'

  test('a factor times its transpose is the matrix', () => {
    const l = run(L, { a, y })
    near(times(l, transposed(l)), a)
    expect(l[0]!.slice(1)).toEqual([0, 0, 0, 0])
  })
  test('a solution solves', () => {
    const l = run(L, { a, y })
    for (const [triangle, m] of [
      ['lower', l],
      ['upper', transposed(l)],
    ] as const) {
      const x = run(`%2 = solve(%0, %1) {axes = ["row", "column"], triangle = "${triangle}"}`, { a: m, y })
      near(
        transposed(
          times(
            m,
            (x as unknown as number[]).map((value) => [value]),
          ),
        ),
        [y],
      )
    }
  })
  test('what least squares leaves is orthogonal to every column', () => {
    const tall = made.map((row) => row.slice(0, 3))
    const x = run('%2 = lstsq(%0, %1) {axes = ["row", "column"]}', { a: tall, y }) as unknown as number[]
    const left = tall.map((row, i) => y[i]! - row.reduce((sum, value, j) => sum + value * x[j]!, 0))
    near(
      times(
        transposed(tall),
        left.map((value) => [value]),
      ),
      [[0], [0], [0]],
    )
  })
  test('a column that depends on those before it has no coefficient', () => {
    const x = run('%2 = lstsq(%0, %1) {axes = ["row", "column"]}', {
      a: [
        [1, 2, 0],
        [1, 2, 1],
      ],
      y: [3, 5],
    })
    expect((x as unknown as number[]).map((value) => Math.round(value * 1e9) / 1e9)).toEqual([3, 0, 2])
  })
  test('a bad pivot makes its column and later ones NaN, and nothing before', () => {
    expect(
      run(
        L,
        {
          a: [
            [4, 0, 0],
            [2, 1, 0],
            [0, 5, 9],
          ],
          y: [0, 0, 0],
        },
        'f32[row, column]',
      ),
    ).toEqual([
      [2, 0, 0],
      [1, nan, 0],
      [0, nan, nan],
    ])
  })
  test('eigenvectors are turned by the matrix into multiples of themselves', () => {
    const { values, vectors } = evaluateText(
      `entry e(%0 a: f32[row, column] input) axes(row, column) {
  %1, %2 = eigh(%0) {axes = ["row", "column"]} : f32[column], f32[row, column]
  return values = %1, vectors = %2
}`,
      { a } as never,
    ) as unknown as { values: number[]; vectors: Rows }
    expect([...values].sort((p, q) => p - q)).toEqual(values)
    near(
      times(a, vectors),
      vectors.map((row) => row.map((value, j) => value * values[j]!)),
    )
    near(
      times(transposed(vectors), vectors),
      a.map((row, i) => row.map((_, j) => Number(i === j))),
    )
  })
  test('the first of equal components is positive', () => {
    const { vectors } = evaluateText(
      `entry e(%0 a: f32[row, column] input) axes(row, column) {
  %1, %2 = eigh(%0) {axes = ["row", "column"]} : f32[column], f32[row, column]
  return values = %1, vectors = %2
}`,
      {
        a: [
          [0, 1],
          [1, 0],
        ],
      },
    ) as unknown as { vectors: Rows }
    near(vectors, [
      [Math.SQRT1_2, Math.SQRT1_2],
      [-Math.SQRT1_2, Math.SQRT1_2],
    ])
  })
})
