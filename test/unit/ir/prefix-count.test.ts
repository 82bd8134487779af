/** `prefix_count` against hand-computed values: exact shares, infinities, orders of several kinds. */
import { expect, test } from 'vitest'
import { evaluateText, tensorOf } from '../../support/evaluate-text.ts'

const { NaN: nan, POSITIVE_INFINITY: inf } = Number

interface Case {
  readonly score: readonly number[]
  readonly cost?: readonly number[]
  readonly amount: string | number
  readonly of: 'ratio' | 'sum' | 'rest'
  readonly round: string
  readonly protect?: readonly number[]
  readonly within?: readonly number[]
}

function count({ score, cost, amount, of, round, within, protect }: Case): unknown {
  const kind = of === 'ratio' ? 'ratio' : 'real'
  const text = `entry e(%0 amount: ${kind} param, %1 score: f32[x] input, %2 cost: f32[x] input, %3 within: bool[x] input, %4 protect: bool[x] input) axes(x) {
    %5 = prefix_count(%0, %1, ${cost ? '%2' : '_'}, ${within ? '%3' : '_'}, ${protect ? '%4' : '_'}) {axes = [["x"]], of = "${of}", part = 0, round = "${round}"}
    return out = %5
  }`
  const row = (dtype: 'f32' | 'bool', values: readonly number[] = score.map(() => 0)) =>
    tensorOf(dtype, ['x'], [...values], [values.length])
  return evaluateText(text, {
    amount,
    score: row('f32', score),
    cost: row('f32', cost),
    within: row('bool', within),
    protect: row('bool', protect),
  })['out']
}

test.each([1, 7, 29, 57, 58, 99, 100])('%i%% of a hundred equal units is as many', (share) => {
  const score = Array.from({ length: 100 }, () => 1)
  const amount = `${share}/100`
  expect(count({ score, amount, of: 'ratio', round: 'up' })).toBe(share)
  expect(count({ score, cost: score, amount, of: 'ratio', round: 'down' })).toBe(share)
  expect(count({ score, cost: score, amount, of: 'ratio', round: 'nearest' })).toBe(share)
})

const score = [4, 3, 2, 1]
const cost = [1, 2, 3, 4]

test.each<[string, Case, number]>([
  ['a sum, at most', { score, cost, amount: 6, of: 'sum', round: 'down' }, 3],
  ['a sum that is not reached by a prefix', { score, cost, amount: 5.5, of: 'sum', round: 'down' }, 2],
  ['a sum beyond all', { score, cost, amount: 11, of: 'sum', round: 'up' }, 4],
  ['a negative sum pays for nothing', { score, cost, amount: -1, of: 'sum', round: 'up' }, 0],
  ['what is left of the total', { score, cost, amount: 4, of: 'rest', round: 'down' }, 3],
  ['equally near, the shorter', { score, cost, amount: 2, of: 'sum', round: 'nearest' }, 1],
  ['equally near, the longer', { score, cost, amount: 2, of: 'sum', round: 'nearest_longer' }, 2],
  ['an infinite cost ends it', { score, cost: [1, inf, 1, 1], amount: 100, of: 'sum', round: 'down' }, 1],
  ['a share of an infinite total', { score, cost: [1, inf, 1, 1], amount: '1/2', of: 'ratio', round: 'down' }, 4],
  ['no share of an infinite total', { score, cost: [1, inf, 1, 1], amount: '0', of: 'ratio', round: 'down' }, 0],
  ['NaN scores last, NaN costs nothing', { score: [nan, 1, 2], cost: [5, nan, 5], amount: 5, of: 'sum', round: 'down' }, 2],
  ['what is protected always counts', { score, cost, amount: 0, of: 'sum', round: 'down', protect: [0, 0, 1, 1] }, 2],
  ['what is protected is paid for first', { score, cost, amount: 5, of: 'sum', round: 'down', protect: [0, 0, 0, 1] }, 2],
  ['candidates only', { score, cost, amount: 100, of: 'sum', round: 'up', within: [0, 1, 1, 0] }, 2],
  ['of nothing', { score: [], cost: [], amount: '1/2', of: 'ratio', round: 'up' }, 0],
])('%s', (_, given, expected) => {
  expect(count(given)).toBe(expected)
})
