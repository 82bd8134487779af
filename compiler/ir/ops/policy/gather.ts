/**
 * `gather`: the elements of x at the given positions of `axis`. The axes of the indices that x also has go along; the
 * others take the place of `axis`. A position outside the axis gives 0.
 */
import { evalGather } from '../../eval/movement.ts'
import { attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isTypeProblem, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const indices = denseTensor(types[1], 1)
  if (isTypeProblem(indices)) return indices
  if (!['i32', 'u32'].includes(computeDType(indices.dtype)))
    return problem(`positions are integers, and these are ${describe(indices)}`, 1)
  const axis = attrString(attrs, 'axis')
  const refusal = axesProblem(x, [axis])
  if (refusal !== null) return refusal
  const others = x.axes.filter((each) => each !== axis)
  const added = indices.axes.filter((each) => !others.includes(each))
  return [
    tensor(
      x.dtype,
      x.axes.flatMap((each) => (each === axis ? added : [each])),
    ),
  ]
}

export const gather = defineOp({
  name: 'gather',
  summary: 'The elements at given positions of an axis.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'indices'],
  attrs: { axis: 'axis' },
  traits: ['pure'],
  zero: 'preserves',
  mixes: (attrs) => [attrString(attrs, 'axis')],
  infer,
  eval: (operands, node) => [evalGather(operands, node)],
  example: `entry example(%0 x: f16[head, token, channel] input, %1 at: i32[head, kept] input) axes(head, token, channel, kept) {
  %2 = gather(%0, %1) {axis = "token"} : f16[head, kept, channel]
  return out = %2
}`,
})
