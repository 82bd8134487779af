/** `fold_softmax` against sums worked out by hand: finite scores, -inf, +inf, NaN, and nothing. */
import { expect, test } from 'vitest'
import { evalFoldSoftmax } from '../../../compiler/ir/eval/fold-softmax.ts'
import { tensorValue } from '../../../compiler/ir/eval/tensor-value.ts'
import type { Node } from '../../../compiler/ir/node.ts'

function fold(scores: readonly number[], values: readonly number[]): readonly number[][] {
  const node: Node = { op: 'fold_softmax', operands: [0, 1], attrs: { axes: ['t'] }, results: [], regions: [], span: null }
  const s = tensorValue('f32', ['t'], [scores.length], Float64Array.from(scores))
  const v = tensorValue('f32', ['t', 'c'], [scores.length, values.length / Math.max(1, scores.length)], Float64Array.from(values))
  return evalFoldSoftmax([s, v], node).map(({ data }) => [...data])
}

const half = Math.exp(-Math.LN2)

test('weights are relative to the largest score', () => {
  const [m, total, sums] = fold([1, 1 + Math.LN2, 1], [4, 0, 1, 2, 0, 8]) as [number[], number[], number[]]
  expect(m).toEqual([1 + Math.LN2])
  expect(total[0]).toBeCloseTo(2, 12)
  expect(sums[0]).toBeCloseTo(4 * half + 1, 12)
  expect(sums[1]).toBeCloseTo(2 + 8 * half, 12)
})

test('a score of -inf has no weight, but its value is multiplied', () => {
  expect(fold([-Infinity, 0], [5, 7])).toEqual([[0], [1], [7]])
  expect(fold([-Infinity, 0], [Infinity, 7])).toEqual([[0], [1], [NaN]])
})

test('of -inf alone, and of nothing, sums are 0', () => {
  expect(fold([-Infinity, -Infinity], [5, 7])).toEqual([[-Infinity], [0], [0]])
  expect(fold([], [])).toEqual([[-Infinity], [0], []])
})

test('without a finite largest score the exponentials are of the scores themselves', () => {
  expect(fold([0, Infinity], [3, 2])).toEqual([[Infinity], [Infinity], [Infinity]])
  expect(fold([0, Infinity], [3, 0])).toEqual([[Infinity], [Infinity], [NaN]])
  expect(fold([0, NaN], [3, 0])).toEqual([[NaN], [NaN], [NaN]])
})
