/** Reductions into cells, histograms and merging: what is refused, and results by hand. */
import { describe, expect, test } from 'vitest'
import { check, checkedModule, run } from '../../support/check-policy.ts'

const entry = (body: string, head = 'axes cell(3)'): string =>
  `policy p(k: count = 1) {\n  ${head}\n  entry e(X: f32[t, b], at: i32[t], m: bool[t], w: f32[t]) {\n${body}\n  }\n}\n`
const codes = (body: string, head?: string): readonly string[] =>
  check(entry(body, head)).codes.filter((code) => code !== 'ESP1401')

describe('refused', () => {
  test.each([
    ['an unknown axis of cells', 'return y: sum[t -> zell](X, at)', 'ESP1101'],
    ['an unknown axis', 'return y: sum[q -> cell](X, at)', 'ESP1101'],
    ['an axis that neither has', 'return y: sum[b -> cell](w, at)', 'ESP1104'],
    ['cells that are rows', 'return y: sum[t -> b](X, at)', 'ESP1102'],
    ['an axis twice', 'return y: sum[t, t -> cell](X, at)', 'ESP1102'],
    ['positions that are no integers', 'return y: sum[t -> cell](X, w)', 'ESP1250'],
    ['one argument', 'return y: sum[t -> cell](X)', 'ESP1008'],
    ['the largest of nothing', 'return y: max[t -> cell](X, at)', 'ESP1253'],
    ['the mean of nothing', 'return y: mean[t -> cell](X, at)', 'ESP1253'],
    ['any of numbers', 'return y: any[t -> cell](X, at)', 'ESP1202'],
    ['the largest of truth values', 'return y: max[t -> cell](m, at else 0)', 'ESP1201'],
    ['another function', 'return y: softmax[t -> cell](X, at)', 'ESP1252'],
    ['a histogram without its ends', 'return y: histogram[t -> cell](X)', 'ESP1008'],
    ['an else of a histogram', 'return y: histogram[t -> cell](X, 0, 1 else 0)', 'ESP1215'],
    ['merging masks', 'return y: merge m of t into cell by at', 'ESP1201'],
    ['a mask as a weight', 'return y: merge X of t into cell by at weighted m', 'ESP1201'],
  ])('%s', (_, body, code) => {
    expect([...new Set(codes(body))]).toEqual([code])
  })
  test('several atoms as cells', () => {
    expect(codes('return y: sum[t -> cell](X, at), z: index(u)', 'axes cell = u(2) * v(2)')).toEqual(['ESP1108'])
  })
})

describe('results', () => {
  const X = [
    [1, -2],
    [3, NaN],
    [5, 6],
    [7, 8],
  ]
  const inputs = { X, at: [2, 0, 2, 3], m: [1, 1, 0, 1], w: [1, 2, 3, 4] }
  const value = (expression: string, more: object = {}): unknown =>
    run(checkedModule(entry(`return y: ${expression}`)), 'e', { inputs: { ...inputs, ...more } })['y']

  test('each kind, with empty cells and positions outside', () => {
    expect(value('sum[t -> cell](X, at)')).toEqual([
      [3, NaN],
      [0, 0],
      [6, 4],
    ])
    expect(value('max[t -> cell](X, at else -1)')).toEqual([
      [3, NaN],
      [-1, -1],
      [5, 6],
    ])
    expect(value('mean[t -> cell](w where m, at else 9)')).toEqual([2, 9, 1])
    expect(value('count[t -> cell](m, at)')).toEqual([1, 0, 1])
    expect(value('any[t -> cell](m, at)')).toEqual([1, 0, 1])
    expect(value('all[t -> cell](m, at)')).toEqual([1, 1, 0])
    expect(value('sum[t, b -> cell](X where not isnan(X), at)')).toEqual([3, 0, 10])
    expect(value('sum[t -> t](w, at)')).toEqual([2, 0, 4, 4])
  })

  test('the bins of numpy.histogram', () => {
    expect(value('histogram[t -> cell](w, 1, 4)')).toEqual([1, 1, 2])
    expect(value('histogram[t -> cell](w, 2, 3)')).toEqual([1, 0, 1])
    expect(value('histogram[t -> cell](w, 0, 1)', { w: [1 / 3, 2 / 3, NaN, Infinity] })).toEqual([0, 1, 1])
    expect(value('histogram[t -> cell](w, 4, 1)')).toEqual([0, 0, 0])
    expect(value('histogram[t -> cell](w, 1, 1)')).toEqual([0, 0, 0])
  })

  test('merging', () => {
    expect(value('merge w of t into cell by at')).toEqual([2, 0, 2])
    expect(value('merge w of t into cell by at weighted w')).toEqual([2, 0, 2.5])
    expect(value('merge w of t into cell by at weighted w - 2')).toEqual([0, 0, 0])
    expect(value('merge w of t into cell by at weighted k')).toEqual([2, 0, 2])
    expect(value('merge (w where m) of t into cell by at')).toEqual([2, 0, 1])
  })
})
