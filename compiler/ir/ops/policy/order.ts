/**
 * `order`: the elements of every row in the order of selections: score descending, then position ascending (row-major, the
 * axes in the order the result has them); NaN after every number, -0 equal to +0. Elements for which `where` does not hold
 * come last, by position. give = rank: how many come before each element. give = position: the positions, best first.
 * give = value: the elements, best first.
 */
import { evalOrder } from '../../eval/order.ts'
import { attrAxes, attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type Type } from '../../types.ts'
import { isTypeProblem, problem } from '../type-rules.ts'
import { domainOf } from './domain.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const domain = domainOf(types, attrAxes(attrs))
  if (isTypeProblem(domain)) return domain
  if (computeDType(domain.x.dtype) === 'bool') return problem('masks have no order: order numbers', 0)
  return [tensor(attrString(attrs, 'give') === 'value' ? domain.x.dtype : 'i32', domain.axes)]
}

export const order = defineOp({
  name: 'order',
  summary: 'The elements of some axes from best to worst: the rank of each, their positions, or their values.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'where?'],
  attrs: { axes: 'axes', give: ['rank', 'position', 'value'] },
  traits: ['pure', 'costly'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalOrder(operands, node)],
  example: `entry example(%0 x: f32[row, column] input) axes(row, column) {
  %1 = order(%0, _) {axes = ["column"], give = "position"} : i32[row, column]
  return out = %1
}`,
})
