/**
 * masked-elements: elements that a mask turned into zero add nothing to a sum and are not counted, so the mask moves to the
 * domain of the reduction: `sum[t](x where m)` as a tensor becomes `sum[t](x, where = m)`. Exact: a sum begins with +0, which
 * adding zeros leaves as it is.
 */
import { attrString, NONE } from '../../ir/op.ts'
import { rule } from '../../ir/rewrite.ts'
import { sameType } from '../../ir/same-type.ts'
import { maskedValue } from './masked-value.ts'

const NEUTRAL_ZERO = ['sum', 'any', 'count']

export const maskedElements = rule('masked-elements', (node, scope) => {
  if (node.op !== 'reduce' || !NEUTRAL_ZERO.includes(attrString(node.attrs, 'kind'))) return null
  const [x = NONE, where = NONE, otherwise = NONE, only = NONE] = node.operands
  const masked = maskedValue(x, scope)
  if (masked === null || otherwise !== NONE || scope.typeOf(masked.x).kind !== 'tensor') return null
  const domain = where === NONE ? masked.mask : scope.emit('and', [masked.mask, where])
  const operands = [masked.x, domain, NONE]
  const result = scope.emit('reduce', only === NONE ? operands : [...operands, only], node.attrs)
  return sameType(scope.typeOf(result), node.results[0]!.type) ? [result] : null
})
