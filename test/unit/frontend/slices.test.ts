/** `x[axis = e]`, slices of states and index arguments: what is refused, and small results by hand. */
import { describe, expect, test } from 'vitest'
import { check, checkedModule, run } from '../../support/check-policy.ts'

const entry = (body: string, inputs = 'X: f32[a, b], I: i32[t], Y: f32[b]', head = ''): string =>
  `policy p(k: count = 1, s: ratio = 50%) {\n${head}\n  entry e(${inputs}) {\n${body}\n  }\n}\n`

const codes = (body: string, inputs?: string, head?: string): readonly string[] =>
  check(entry(body, inputs, head)).codes.filter((code) => code !== 'ESP1401')

describe('refused', () => {
  test.each([
    ['an axis that is not there', 'return y: X[zz = 0]', 'ESP1101'],
    ['an axis that the value lacks', 'return y: Y[a = 0]', 'ESP1104'],
    ['an axis of the positions alone', 'return y: X[t = 0], I', 'ESP1104'],
    ['the same axis twice', 'return y: X[a = 0, a = 1]', 'ESP1102'],
    ['a fraction', 'return y: X[a = 0.5]', 'ESP1250'],
    ['a ratio', 'return y: X[a = s]', 'ESP1250'],
    ['a tensor of floats', 'return y: X[a = Y]', 'ESP1250'],
    ['a mask', 'return y: X[a = I > 0]', 'ESP1250'],
    ['a negative literal', 'return y: X[a = -1]', 'ESP1251'],
    ['a number with no axes', 'return y: k[a = 0]', 'ESP1104'],
    ['many levels of slices', `return y: X${'[a = 0]'.repeat(50)}`, 'ESP1104'],
  ])('%s', (_, body, code) => {
    expect([...new Set(codes(body))]).toEqual([code])
  })

  test('positions beyond a fixed size', () => {
    expect(codes('return y: X[a = 4]', undefined, 'axes a(4)')).toEqual(['ESP1251'])
    expect(codes('return y: X[a = 3]', undefined, 'axes a(4)')).toEqual([])
    expect(codes('return y: X[a = 8]', undefined, 'axes a = q(2) * r(4)')).toEqual([])
    expect(codes('return y: X[a = 8], z: index(q) + index(r)', undefined, 'axes a = q(2) * r(4)')).toEqual(['ESP1251'])
  })

  test('slices of states', () => {
    const state = 'state m: f32[a, b] = 0'
    expect(codes('m[a = I] := Y', undefined, state)).toEqual(['ESP1207'])
    expect(codes('m[c = 0] := Y', undefined, state)).toEqual(['ESP1101'])
    expect(codes('m[a = 0] := X', undefined, state)).toEqual(['ESP1109'])
    expect(codes('X[a = 0] := Y', undefined, state)).toContain('ESP1005')
    expect(codes('m[a = 0] := Y > 0', undefined, state)).toEqual(['ESP1213'])
    expect(codes('m[a = 0] := k', undefined, state)).toEqual([])
  })

  test('an index of an axis that is not there', () => {
    expect(codes('return y: X[a = i]', 'X: f32[a], i: index of b')).toEqual(['ESP1101'])
    expect(codes('return y: X[a = i]', 'X: f32[a], i: index of a')).toEqual([])
  })
})

describe('results', () => {
  const X = [
    [1, 2, 3],
    [4, 5, 6],
  ]
  test('positions of the host and of tensors', () => {
    const module = checkedModule(entry('return one: X[a = k], many: X[b = I], cross: X[a = I, b = I % 2], out: X[a = k + 5]'))
    const out = run(module, 'e', { inputs: { X, I: [2, 0, -1, 3], Y: [0, 0, 0] } })
    expect(out).toEqual({
      one: [4, 5, 6],
      many: [
        [3, 1, 0, 0],
        [6, 4, 0, 0],
      ],
      cross: [0, 1, 0, 0],
      out: [0, 0, 0],
    })
  })

  test('what is absent of x or of the positions is absent', () => {
    const module = checkedModule(
      entry('return n: count[t]((Y where Y > 1)[b = I]), m: count[t](Y[b = I where I < 2]), w: sum[t]((Y where Y > 1)[b = I])'),
    )
    const out = run(module, 'e', { inputs: { X, I: [2, 0, 1, 7], Y: [1, 5, 7] } })
    expect(out).toEqual({ n: 2, m: 2, w: 12 })
  })

  test('positions along a factored axis', () => {
    const text = `policy p {\n  axes head = kv * group\n  entry e(X: f32[head], I: i32[t], Y: f32[kv]) {\n    return y: X[head = I] , z: Y, last: X[head = size(head) - 1]\n  }\n}\n`
    const out = run(checkedModule(text), 'e', {
      inputs: { X: [0, 1, 2, 3, 4, 5], I: [5, 6, -1, 2], Y: [1, 1, 1] },
      extents: { kv: 3, group: 2 },
    })
    expect(out['y']).toEqual([5, 0, 0, 2])
    expect(out['last']).toEqual(5)
  })

  test('inside functions', () => {
    const text = `fn second[c](x) = x[c = 1]\nfn both[c](x, at) = second[c](x) + x[c = at]\n${entry('return y: both[b](X, I)')}`
    expect(run(checkedModule(text), 'e', { inputs: { X, I: [0, 9], Y: [0, 0, 0] } })['y']).toEqual([
      [3, 2],
      [9, 5],
    ])
  })
})
