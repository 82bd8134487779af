/**
 * `logsumexp`: log of the sum of exponentials of a domain, shifted by its largest element. Of nothing it is `otherwise`, or -inf.
 * A composite: `expand` spells it in simpler ops, `eval` says independently what that must compute.
 */
import { evalLogsumexp } from '../../eval/statistics.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type Type } from '../../types.ts'
import { isTypeProblem } from '../type-rules.ts'
import { domainOf, otherwiseProblem } from './domain.ts'
import { expandLogsumexp } from './expand.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const domain = domainOf(types, attrAxes(attrs))
  if (isTypeProblem(domain)) return domain
  return otherwiseProblem(types, 'f32', domain.kept) ?? [tensor('f32', domain.kept)]
}

export const logsumexp = defineOp({
  name: 'logsumexp',
  summary: 'The logarithm of the sum of exponentials along some axes; of nothing `otherwise`, or -inf.',
  levels: ['policy'],
  operands: ['x', 'where?', 'otherwise?'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalLogsumexp(operands, node)],
  expand: expandLogsumexp,
  example: `entry example(%0 x: f32[row, column] input, %1 m: bool[row, column] input, %2 d: f32[row] input) axes(row, column) {
  %3 = logsumexp(%0, %1, %2) {axes = ["column"]} : f32[row]
  return out = %3
}`,
})
