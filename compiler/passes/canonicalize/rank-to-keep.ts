/** `rank(x) < k` is a selection: finding the k best takes no sorting. */
import type { Node, ValueId } from '../../ir/node.ts'
import { attrAxes, NONE } from '../../ir/op.ts'
import { rule, type RuleScope } from '../../ir/rewrite.ts'
import { definitionOf } from './uniform.ts'

export const rankToKeep = rule('rank-to-keep', (node, scope) => {
  if (node.op !== 'lt' && node.op !== 'gt') return null
  const [x = NONE, y = NONE] = node.operands
  const [ranked, k] = node.op === 'lt' ? [x, y] : [y, x]
  const order = definitionOf(ranked, scope)
  // What a `where` leaves out has a rank too, behind all others.
  const isRank = order?.op === 'order' && order.attrs['give'] === 'rank' && (order.operands[1] ?? NONE) === NONE
  if (!isRank || !isCount(k, order, scope)) return null
  return [scope.emit('keep', [order.operands[0]!, k, NONE, NONE], { axes: attrAxes(order.attrs), ties: 'first' })]
})

/** A whole number known to the host, or one for every row. */
function isCount(k: ValueId, order: Node, scope: RuleScope): boolean {
  const type = k === NONE ? null : scope.typeOf(k)
  const ranks = order.results[0]?.type
  if (type?.kind === 'scalar') return type.scalar === 'int'
  if (type?.kind !== 'tensor' || ranks?.kind !== 'tensor' || type.dtype !== 'i32' || type.packing !== undefined) return false
  return type.axes.every((axis) => ranks.axes.includes(axis) && !attrAxes(order.attrs).includes(axis))
}
