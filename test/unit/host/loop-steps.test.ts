/** How many steps a loop takes is looked at when an entry is called: too many are refused by every target, and nothing has run. */
import { describe, expect, test } from 'vitest'
import { MOST_STEPS } from '../../../abi/loop-steps.ts'
import { compilePolicy, instantiatePolicy } from '../../support/differential.ts'
import { run, checkedModule } from '../../support/check-policy.ts'

const text = `policy counting(n: int = 3) {
  state calls: i32 = 0
  entry e(X: f32[row]) {
    calls := calls + 1
    return y: iterate n times with (x = X) { next x = x + 1 }
  }
  entry inner(X: f32[row], m: int) {
    return y: iterate 2 times with (x = X) { next x = iterate m times with (z = x) { next z = z + 1 } }
  }
  entry fold(X: f32[row]) { return y: for i in row with (s = 0) { next s = s + sum[row](X where index(row) == i) } }
}
`
const X = { data: Float32Array.of(0, 1), shape: [2] }
const policy = await instantiatePolicy(await compilePolicy({ text }))
const codeOf = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return (error as { readonly code?: string }).code
  }
}
const calls = (): number => Number(policy.readState('calls').data[0])
const y = (entry: string, params: Readonly<Record<string, number>>): unknown => [
  ...policy.call(entry, { X }, params)['y']!.toFloat32(),
]

describe('on a compiled target', () => {
  test('a parameter', () => {
    expect(y('e', {})).toEqual([3, 4])
    for (const n of [MOST_STEPS + 1, 5e9]) expect(codeOf(() => policy.call('e', { X }, { n }))).toBe('ESP4401')
    expect(calls()).toBe(1)
    expect(y('e', { n: MOST_STEPS })).toEqual([MOST_STEPS, MOST_STEPS + 1])
  })
  test('a negative number of any size is none', () => {
    for (const n of [-1, -5e9]) expect(y('e', { n })).toEqual([0, 1])
  })
  test('an argument of a loop in a loop', () => {
    expect(codeOf(() => policy.call('inner', { X }, { m: MOST_STEPS + 1 }))).toBe('ESP4401')
    expect(y('inner', { m: 5 })).toEqual([10, 11])
  })
  test('an axis that is folded over', () => {
    const long = { data: new Float32Array(MOST_STEPS + 1), shape: [MOST_STEPS + 1] }
    expect(codeOf(() => policy.call('fold', { X: long }))).toBe('ESP4401')
    expect([...policy.call('fold', { X })['y']!.toFloat32()]).toEqual([1])
  })
})

test('by the evaluator', () => {
  const evaluated = (n: number): unknown => run(checkedModule(text), 'e', { inputs: { X: [0, 1] }, params: { n } })['y']
  expect(evaluated(-5e9)).toEqual([0, 1])
  expect(() => evaluated(MOST_STEPS + 1)).toThrow('a loop takes at most 1000000 steps')
})
