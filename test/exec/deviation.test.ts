/** Variance in one read: as exact as in two, wherever the reduced axes lie and whatever the first element is. */
import { describe, expect, test } from 'vitest'
import { compilePolicy, differences, instantiatePolicy, random } from '../support/differential.ts'

const policy = (axes: string): string =>
  `policy p { entry e(X: f32[a, b, c]) { return v: var[${axes}](X), m: mean[${axes}](X), s: std[${axes}](X), top: max[${axes}](abs(X)), at: argmax[${axes}](X), y: var[${axes}](X * X) } }`
const AXES = ['c', 'b', 'a', 'a, b', 'b, c', 'a, c', 'a, b, c'] as const

/** In doubles, by two passes. */
function exactly(data: readonly number[], shape: readonly number[], reduced: readonly number[]): number[] {
  const groups = new Map<string, number[]>()
  data.forEach((value, at) => {
    const place = shape.map((extent, axis) => Math.floor(at / shape.slice(axis + 1).reduce((x, y) => x * y, 1)) % extent)
    const key = place.filter((_, axis) => !reduced.includes(axis)).join()
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  })
  return [...groups.values()].map((values) => {
    const mean = values.reduce((x, y) => x + y, 0) / values.length
    return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
  })
}

describe.each(AXES)('over %s', (axes) => {
  test.each([
    { a: 5, b: 7, c: 67 },
    { a: 1, b: 1, c: 1 },
    { a: 2, b: 3, c: 2500 },
    { a: 1030, b: 2, c: 3 },
    { a: 3, b: 0, c: 4 },
  ])('agrees with the evaluator at %j', async (extents) => {
    expect(await differences({ text: policy(axes), extents, calls: [{ entry: 'e' }] })).toEqual([])
  })

  test.each([
    { title: 'a mean of 10000 deviations', make: (x: number) => 1e4 + x },
    { title: 'a first element far from the others', make: (x: number, i: number) => (i === 0 ? 3000 : x) },
    { title: 'a large mean and a far first element', make: (x: number, i: number) => (i === 0 ? -5e3 : 1e4 + x) },
    { title: 'a trend', make: (x: number, i: number) => x + i / 4 },
  ])('is exact for $title', async ({ make }) => {
    const shape = [40, 6, 300]
    const next = random(11)
    const data = Float32Array.from({ length: 40 * 6 * 300 }, (_, i) => make(next() + next() + next() - 1.5, i))
    const instance = await instantiatePolicy(await compilePolicy({ text: policy(axes) }))
    const { v } = instance.call('e', { X: { data, shape, dtype: 'f32' } }, {})
    const got = v?.toFloat32() ?? new Float32Array()
    const wanted = exactly(
      [...data],
      shape,
      axes.split(', ').map((axis) => 'abc'.indexOf(axis)),
    )
    wanted.forEach((value, i) => expect(Math.abs(got[i]! / value - 1)).toBeLessThan(1e-5))
    expect(got.length).toBe(wanted.length)
    instance.release()
  })
})

test('infinities and NaN stay in their row', async () => {
  const text = 'policy p { entry e(X: f32[a, c]) { return v: var[c](X), w: var[a](X) } }'
  const data = { X: [1, 2, NaN, 3, 4, 5, Infinity, 1, 2] }
  expect(await differences({ text, extents: { a: 3, c: 3 }, calls: [{ entry: 'e', data }] })).toEqual([])
})
