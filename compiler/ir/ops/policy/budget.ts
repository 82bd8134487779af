/**
 * `budget`: how many of `extent` things are kept. keep r of n keeps floor(r n), drop r of n drops floor(r n) and keeps the
 * rest; `round` replaces that floor; a count is taken as it is. `atLeast` then raises the kept count, `multipleOf` rounds
 * it up to a multiple, and last it is clamped to 0..extent. Everything is exact.
 */
import { evalBudget } from '../../eval/budget.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { scalar, type Type } from '../../types.ts'
import { describe, isInt, isScalar, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const [amount, extent, atLeast, multipleOf] = types
  if (!isScalar(amount) || amount.scalar === 'bool')
    return problem(
      `the amount to ${String(attrs['mode'])} must be a ratio or a count known to the host, not ${describe(amount)}`,
      0,
    )
  if (attrs['amount'] === 'count' && amount.scalar !== 'int')
    return problem(`a count must be a whole number, and this is ${describe(amount)}`, 0)
  if (!isInt(extent)) return problem('the extent must be a whole number', 1)
  if (atLeast != null && !isInt(atLeast)) return problem(`\`at least\` takes a whole number, not ${describe(atLeast)}`, 2)
  if (multipleOf != null && !isInt(multipleOf))
    return problem(`\`multiple of\` takes a whole number, not ${describe(multipleOf)}`, 3)
  return [scalar('int')]
}

export const budget = defineOp({
  name: 'budget',
  summary: 'How many of an extent are kept, by a ratio or a count to keep or drop.',
  levels: ['policy', 'sparse', 'kernel'],
  operands: ['amount', 'extent', 'atLeast?', 'multipleOf?'],
  attrs: { mode: ['keep', 'drop'], amount: ['ratio', 'count'], round: ['down', 'up', 'nearest', 'even'] },
  traits: ['pure'],
  infer,
  eval: (operands, node) => [evalBudget(operands, node.attrs)],
  example: `entry example(%0 x: f32[row] input, %1 sparsity: ratio param) axes(row) {
  %2 = size() {axis = "row"} : int
  %3 = budget(%1, %2, _, _) {amount = "ratio", mode = "drop", round = "down"} : int
  %4 = keep(%0, %3, _, _) {axes = ["row"], ties = "first"} : bool[row]
  return out = %4
}`,
})
