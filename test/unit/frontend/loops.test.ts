/** Loops in the front end and the evaluator: types of what is carried, scopes, what is refused, and what loops mean. */
import { describe, expect, test } from 'vitest'
import type { TensorType } from '../../../compiler/ir/types.ts'
import { check, checkedModule, entryOf, run } from '../../support/check-policy.ts'

const policy = (value: string, before = '', params = ''): string =>
  `policy p${params} {\n  entry e(X: f32[row, col], I: i32[row], U: u32[row], H: f16[row]) {\n${before}\n    return y: ${value}\n  }\n}`
const codes = (value: string, before = '', params = ''): readonly string[] =>
  check(policy(value, before, params)).codes.filter((code) => code !== 'ESP1401')
const typeOf = (value: string): TensorType => {
  const func = entryOf(checkedModule(policy(value)), 'e')
  const node = func.body.nodes.find(({ op }) => op === 'iterate')
  return node?.results[0]?.type as TensorType
}

describe('what is carried has one type', () => {
  const once = (init: string, next: string): TensorType => typeOf(`iterate 2 times as i with (v = ${init}) { next v = ${next} }`)
  test.each([
    ['0', 'v + I', 'i32', ['row']],
    ['0', 'v + U', 'u32', ['row']],
    ['0', 'v + sum[col](X)', 'f32', ['row']],
    ['0', 'v + X', 'f32', ['row', 'col']],
    ['I', 'v + X', 'f32', ['row', 'col']],
    ['sum[row](X)', 'v + X', 'f32', ['row', 'col']],
    ['H', 'v * 2', 'f32', ['row']],
    ['H', 'f16(v * 2)', 'f16', ['row']],
    ['false', 'v or X > i', 'bool', ['row', 'col']],
    ['0', 'v + 1', 'i32', []],
    ['0', 'v * 0.5 + 1', 'f32', []],
  ])('from %s by %s', (init, next, dtype, axes) => {
    expect(once(init, next)).toEqual({ kind: 'tensor', dtype, axes })
  })

  test('widening one of them widens what is made of it', () => {
    const func = entryOf(checkedModule(policy('(iterate 2 times with (a = 0, b = 0) { next a = a + b, b = b + X }).a')), 'e')
    const node = func.body.nodes.find(({ op }) => op === 'iterate')
    expect(node?.results.map(({ type }) => (type as TensorType).axes)).toEqual([
      ['row', 'col'],
      ['row', 'col'],
    ])
  })

  test.each([
    ['0', 'X > v'],
    ['false', 'X'],
    ['I', 'U'],
  ])('%s does not become %s', (init, next) => {
    const { diagnostics } = check(policy(`iterate 2 times with (v = ${init}) { next v = ${next} }`))
    const found = diagnostics.find(({ code }) => code === 'ESP1272')
    expect(found?.related).toHaveLength(1)
  })
})

describe('names', () => {
  test.each([
    ['an input', 'iterate 2 times with (X = 0) { next X = X + 1 }', 'ESP1003'],
    ['a variable', 'iterate 2 times with (v = 0) { next v = v + 1 }', 'ESP1004'],
    ['another carried value', 'iterate 2 times with (w = 0, w = 1) { next w = w }', 'ESP1004'],
    ['the step', 'iterate 2 times as i with (w = 0) { i = 3  next w = w + i }', 'ESP1004'],
    ['the loop around', 'iterate 2 times with (w = 0) { next w = iterate 2 times with (w = 1) { next w = w } }', 'ESP1004'],
  ])('do not hide %s', (_what, value, code) => {
    expect(codes(value, '    v = 1')).toContain(code)
  })

  test('inside end with the loop', () => {
    expect(codes('t', '    z = iterate 2 times with (w = 0) { t = X  next w = w + t }')).toEqual(['ESP1001'])
    expect(
      codes('iterate 2 times with (w = 0) { next w = w + 1 }', '    z = iterate 2 times with (w = 0) { next w = w }'),
    ).toEqual([])
  })

  test.each([
    ['no next', 'iterate 2 times with (a = 0, b = 0) { next a = a + b }'],
    ['nothing to start from', 'iterate 2 times with (a = 0) { next a = a, b = a }'],
    ['two values', 'iterate 2 times with (a = 0) { next a = a, a = a + 1 }'],
  ])('%s', (_what, value) => expect(codes(value)).toEqual(['ESP1271']))
})

describe('steps', () => {
  const loop = (times: string): string => `iterate ${times} times with (w = 0) { next w = w + 1 }`
  test.each([['-1'], ['1000001'], ['10 - 11']])('%s is refused', (times) => expect(codes(loop(times))).toEqual(['ESP1273']))
  test.each([['0.5'], ['X'], ['50%']])('%s is no number of steps', (times) => expect(codes(loop(times))).toEqual(['ESP1207']))
  test.each([['0'], ['1000000'], ['ceil(log2(size(col)))'], ['n * 2']])('%s is one', (times) =>
    expect(codes(loop(times), '', '(n: count = 3)')).toEqual([]),
  )
})

describe('inside a loop', () => {
  const inside = (value: string): readonly string[] => codes(`iterate 2 times as i with (w = 0) { next w = w + ${value} }`)
  test('what only the data counts is refused, an exact number is not', () => {
    expect(
      codes('iterate 2 times as i with (w = 0) { best = compact I by (I > i) as some  next w = w + sum[some](best) }'),
    ).toContain('ESP1274')
    expect(
      codes('iterate 2 times with (w = 0) { best = compact X by (keep 2 of col by X) as some  next w = w + sum[some](best) }'),
    ).toEqual([])
  })
  test('nothing is packed', () => expect(inside('(unpack (pack X by (keep 2 of col by X) as bitmap(32)))')).toEqual(['ESP1274']))
  test('an error is reported once', () => expect(inside('V')).toEqual(['ESP1001']))
})

test('loops in loops in loops come to an end', () => {
  const deep = Array.from({ length: 14 }).reduce<string>(
    (body, _, i) => `iterate 2 times with (v${i} = 0) { next v${i} = v${i} + (${body}) }`,
    'X',
  )
  expect(codes(deep)).toContain('ESP1011')
})

describe('what loops mean', () => {
  const X = [
    [3, 1, 2],
    [0, 5, 4],
  ]
  const inputs = { X, I: [0, 0], U: [0, 0], H: [0, 0] }
  const y = (value: string, params: Readonly<Record<string, number>> = {}): unknown =>
    run(checkedModule(policy(value, '', '(n: count = 3)')), 'e', { inputs, params })['y']

  test('all next values are computed from those of this step', () => {
    expect(y('(iterate 3 times with (a = X, b = 0) { next a = b, b = a }).a')).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ])
    expect(y('(iterate 3 times with (a = X, b = 0) { next a = b, b = a }).b')).toEqual(X)
  })
  test('steps count from 0', () => expect(y('iterate n times as i with (s = 0) { next s = s * 10 + i }', { n: 4 })).toBe(123))
  test('no steps leave the initial values, repeated', () => {
    expect(y('iterate n times with (s = 7) { next s = s + sum[col](X) }', { n: 0 })).toEqual([7, 7])
  })
  test('a fold visits every position in order', () => {
    expect(y('for i in col with (s = 0) { next s = s * 10 + sum[col](X where index(col) == i) }')).toEqual([312, 54])
  })
  test('absent entries start as zero and stay absent nowhere', () => {
    expect(y('iterate 2 times with (s = X where X > 2) { next s = (s + 1) where s > 3 }')).toEqual([
      [0, 0, 0],
      [0, 7, 6],
    ])
  })
  test('a loop inside sees what the one around carries', () => {
    expect(
      y('iterate 2 times as i with (s = 1) { next s = iterate 2 times as j with (t = s) { next t = t * 10 + i + j } }'),
    ).toBe(10_112)
  })
  test('a function may loop, and be called in a loop', () => {
    const text = `fn power(x, n) = iterate n times with (p = 1) { next p = p * x }
policy q { entry e(X: f32[row]) { return y: iterate 2 times with (s = X) { next s = power(s, 2) + twice(s) } } }
fn twice(x) = x * 2`
    expect(run(checkedModule(text), 'e', { inputs: { X: [1, 2] } })['y']).toEqual([15, 80])
  })
})
