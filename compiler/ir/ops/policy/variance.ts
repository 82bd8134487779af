/**
 * `variance`: the mean squared distance from the mean, in f32, dividing by n - ddof; 0 or 1. Of n <= ddof elements it is `otherwise`, or 0.
 * A composite: `expand` spells it in simpler ops, `eval` says independently what that must compute.
 */
import { evalVariance } from '../../eval/statistics.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type Type } from '../../types.ts'
import { isTypeProblem, problem } from '../type-rules.ts'
import { domainOf, otherwiseProblem } from './domain.ts'
import { expandVariance } from './expand.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const domain = domainOf(types, attrAxes(attrs))
  if (isTypeProblem(domain)) return domain
  if (attrs['ddof'] !== 0 && attrs['ddof'] !== 1) return problem('the degrees of freedom taken off must be 0 or 1')
  return otherwiseProblem(types, 'f32', domain.kept) ?? [tensor('f32', domain.kept)]
}

export const variance = defineOp({
  name: 'variance',
  summary: 'The variance along some axes, dividing by n - ddof; of no more than ddof elements `otherwise`, or 0.',
  levels: ['policy'],
  operands: ['x', 'where?', 'otherwise?'],
  attrs: { axes: 'axes', ddof: 'number' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalVariance(operands, node)],
  expand: expandVariance,
  example: `entry example(%0 x: f32[row, column] input, %1 m: bool[row, column] input, %2 d: f32[row] input) axes(row, column) {
  %3 = variance(%0, %1, %2) {axes = ["column"], ddof = 0} : f32[row]
  return out = %3
}`,
})
