/**
 * `kth`: the k-th best element of every row, counted from 1, in the order of selections; `where` says what belongs to the
 * row. k of 0 or less gives +inf and k beyond the last gives -inf (the greatest and the least integer for integers), so that
 * `x >= kth(x, k)` holds for k elements and whatever equals the last of them. NaN when the k-th best is NaN.
 */
import { evalKth } from '../../eval/order.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type Type } from '../../types.ts'
import { describe, isInt, isTensor, isTypeProblem, listAxes, missingFrom, problem } from '../type-rules.ts'
import { domainOf } from './domain.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const domain = domainOf(types, attrAxes(attrs))
  if (isTypeProblem(domain)) return domain
  const dtype = computeDType(domain.x.dtype)
  if (dtype === 'bool') return problem('masks have no order: order numbers', 0)
  const k = types[2]
  if (isInt(k)) return [tensor(dtype, domain.kept)]
  if (!isTensor(k) || k.packing !== undefined || k.dtype !== 'i32')
    return problem(`which one is wanted is a whole number or an i32 tensor, and this is ${describe(k)}`, 2)
  const extra = missingFrom(k.axes, domain.kept)
  if (extra.length > 0) return problem(`which one is wanted varies along ${listAxes(extra)}, which the rows do not have`, 2)
  return [tensor(dtype, domain.kept)]
}

export const kth = defineOp({
  name: 'kth',
  summary: 'The k-th best element of some axes, counted from 1.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'where?', 'k'],
  attrs: { axes: 'axes' },
  traits: ['pure', 'costly'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalKth(operands, node)],
  example: `entry example(%0 x: f32[row, column] input, %1 k: int param) axes(row, column) {
  %2 = kth(%0, _, %1) {axes = ["column"]} : f32[row]
  return out = %2
}`,
})
