/**
 * `mean`: the arithmetic mean of a domain, in f32. Of nothing it is `otherwise`, or 0.
 * A composite: `expand` spells it in simpler ops, `eval` says independently what that must compute.
 */
import { evalMean } from '../../eval/statistics.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type Type } from '../../types.ts'
import { isTypeProblem } from '../type-rules.ts'
import { domainOf, otherwiseProblem } from './domain.ts'
import { expandMean } from './expand.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const domain = domainOf(types, attrAxes(attrs))
  if (isTypeProblem(domain)) return domain
  return otherwiseProblem(types, 'f32', domain.kept) ?? [tensor('f32', domain.kept)]
}

export const mean = defineOp({
  name: 'mean',
  summary: 'The arithmetic mean along some axes; of nothing `otherwise`, or 0.',
  levels: ['policy'],
  operands: ['x', 'where?', 'otherwise?'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalMean(operands, node)],
  expand: expandMean,
  example: `entry example(%0 x: f32[row, column] input, %1 m: bool[row, column] input, %2 d: f32[row] input) axes(row, column) {
  %3 = mean(%0, %1, %2) {axes = ["column"]} : f32[row]
  return out = %3
}`,
})
