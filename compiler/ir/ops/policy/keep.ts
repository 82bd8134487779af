/**
 * `keep`: the selection. For every combination of the other axes it keeps the k best of the selected ones: score
 * descending, then position ascending (row-major, the axes in the order the score has them). NaN ranks below every number,
 * -0 equals 0. Only candidates (`within`) are kept, so at most as many as there are; protected candidates are kept first,
 * all of them even when they are more than k. `ties = all` also keeps whatever equals the last kept, unless k is 0.
 */
import { evalKeep } from '../../eval/selection.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type Type } from '../../types.ts'
import {
  axesProblem,
  denseTensor,
  describe,
  isInt,
  isTensor,
  isTypeProblem,
  listAxes,
  maskProblem,
  missingFrom,
  problem,
} from '../type-rules.ts'

function countProblem(k: Type | null | undefined, axes: readonly string[]): TypeProblem | null {
  if (isInt(k)) return null
  if (!isTensor(k) || k.packing !== undefined || !['i32', 'u32'].includes(k.dtype))
    return problem(`how many to keep is a whole number or an i32 tensor, and this is ${describe(k)}`, 1)
  const extra = missingFrom(k.axes, axes)
  return extra.length === 0
    ? null
    : problem(`how many to keep varies along ${listAxes(extra)}, which is selected or which the score does not have`, 1)
}

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const score = denseTensor(types[0])
  if (isTypeProblem(score)) return score
  const over = attrAxes(attrs)
  if (over.length === 0) return problem('no axis is named to select from')
  const refusal =
    axesProblem(score, over) ??
    countProblem(types[1], missingFrom(score.axes, over)) ??
    maskProblem(types[2], score.axes, 'what is kept `within`', 2) ??
    maskProblem(types[3], score.axes, 'what is protected', 3)
  return refusal ?? [tensor('bool', score.axes)]
}

export const keep = defineOp({
  name: 'keep',
  summary: 'The k best of some axes by score: a mask.',
  levels: ['policy', 'sparse'],
  operands: ['score', 'k', 'within?', 'protect?'],
  attrs: { axes: 'axes', ties: ['first', 'all'] },
  traits: ['pure', 'costly'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalKeep(operands, node)],
  example: `entry example(%0 score: f32[row, column] input, %1 k: int param, %2 m: bool[column] input) axes(row, column) {
  %3 = keep(%0, %1, %2, _) {axes = ["column"], ties = "first"} : bool[row, column]
  return out = %3
}`,
})
