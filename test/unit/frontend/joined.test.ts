/** Joined axes: what is refused, and results that one axis of both lengths would give. */
import { describe, expect, test } from 'vitest'
import { check, checkedModule, run, type RunRequest } from '../../support/check-policy.ts'

const entry = (body: string): string =>
  `policy p {\n  entry e(X: f32[a], Y: f32[b], Z: f32[c], m: bool[a]) {\n    s = join[a | b](X, Y)\n${body}\n  }\n}\n`
const codes = (body: string): readonly string[] => [...new Set(check(entry(body)).codes.filter((code) => code !== 'ESP1401'))]

describe('refused', () => {
  test.each([
    ['an axis that is not there', 'return y: sum[a | zz](s)', 'ESP1254'],
    ['joining along an axis that is not there', 'return y: sum[a | zz](join[a | zz](X, Y))', 'ESP1101'],
    ['an axis that a part lacks', 'return y: sum[a | c](join[a | c](X, Y))', 'ESP1104'],
    ['too few parts', 'return y: sum[a | b](join[a | b](X))', 'ESP1008'],
    ['one axis twice', 'return y: sum[a | a](join[a | a](X, X))', 'ESP1102'],
    ['different axes together', 'return y: sum[a | b](s + join[a | c](X, Z))', 'ESP1254'],
    ['a value of one part for all', 'return y: sum[a | b](s + X)', 'ESP1254'],
    ['a reduction of something else', 'return y: sum[a | b](X)', 'ESP1254'],
    ['a function that goes over no joined axes', 'return y: cumsum[a | b](s)', 'ESP1255'],
    ['returning it', 'return y: s', 'ESP1225'],
    ['one axis of it', 'return y: sum[a](s)', 'ESP1225'],
    ['renaming it', 'return y: s[a -> c]', 'ESP1225'],
    ['an unknown part', 'return y: s.c', 'ESP1217'],
    ['the largest of nothing', 'return y: max[a | b](join[a | b](X where m, Y))', 'ESP1214'],
    ['any of numbers', 'return y: any[a | b](s)', 'ESP1202'],
  ])('%s', (_, body, code) => {
    expect(codes(body)).toEqual([code])
  })

  test('a thousand parts, and deep arithmetic on parts', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `x${i}`)
    const inputs = names.map((name) => `${name}: f32[a${name}]`).join(', ')
    const axes = names.map((name) => `a${name}`).join(' | ')
    const text = `policy p {\n  entry e(${inputs}) { return y: sum[${axes}](join[${axes}](${names.join(', ')})) }\n}\n`
    expect(check(text).diagnostics.filter((one) => one.severity === 'error')).toEqual([])
    expect(codes(`return y: sum[a | b](s${' + s'.repeat(150)})`)).toEqual([])
  })
})

describe('results', () => {
  const value = (expression: string, inputs: RunRequest['inputs']): unknown =>
    run(checkedModule(entry(`return y: ${expression}`)), 'e', { inputs: { Z: [0], m: [1, 0], ...inputs } })['y']
  const X = [1, 3]

  test('as over one axis', () => {
    const Y = [2, -4]
    expect(value('max[a | b](s)', { X, Y })).toBe(3)
    expect(value('min[a | b](s)', { X, Y })).toBe(-4)
    expect(value('mean[a | b](s)', { X, Y })).toBe(0.5)
    expect(value('count[a | b](s > 1)', { X, Y })).toBe(2)
    expect(value('sum[a | b](join[a | b](X where m, Y))', { X, Y })).toBe(-1)
    expect(value('lse[a | b](s * 0)', { X, Y })).toBeCloseTo(Math.log(4))
    expect(value('(softmax[a | b](s * 0)).b', { X, Y })).toEqual([0.25, 0.25])
  })

  test('of nothing, of infinities and of NaN', () => {
    expect(value('sum[a](softmax[a | b](s).a)', { X, Y: [] })).toBeCloseTo(1)
    expect(value('softmax[a | b](s).b', { X: [-Infinity, -Infinity], Y: [-Infinity] })).toEqual([0])
    expect(value('softmax[a | b](s).b', { X, Y: [NaN] })).toEqual([NaN])
    expect(value('max[a | b](join[a | b](X where X > 9, Y where Y > 9) else 5)', { X, Y: [1] })).toBe(5)
  })
})
