/**
 * `kept_indices`: the positions along `axis` that a mask keeps, ascending, along the new axis `as`, for every combination of the
 * other axes. `k` says how many every row keeps; without it the new axis is as long as the longest row, and shorter rows
 * go on with position 0.
 */
import { evalKeptIndices } from '../../eval/movement.ts'
import { attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isInt, isTypeProblem, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const m = denseTensor(types[0])
  if (isTypeProblem(m)) return m
  if (m.dtype !== 'bool') return problem(`a mask is needed here, and this is ${describe(m)}`, 0)
  if (types[1] != null && !isInt(types[1])) return problem(`how many are kept is a whole number, not ${describe(types[1])}`, 1)
  const axis = attrString(attrs, 'axis')
  const as = attrString(attrs, 'as')
  const refusal = axesProblem(m, [axis])
  if (refusal !== null) return refusal
  if (m.axes.includes(as)) return problem(`the new axis needs a name of its own, and the mask already has \`${as}\``)
  return [
    tensor(
      'i32',
      m.axes.map((each) => (each === axis ? as : each)),
    ),
  ]
}

export const keptIndices = defineOp({
  name: 'kept_indices',
  summary: 'The positions a mask keeps along an axis, ascending, along a new axis.',
  levels: ['policy', 'sparse'],
  operands: ['m', 'k?'],
  attrs: { axis: 'axis', as: 'axis' },
  traits: ['pure'],
  mixes: (attrs) => [attrString(attrs, 'axis'), attrString(attrs, 'as')],
  infer,
  eval: (operands, node) => [evalKeptIndices(operands, node)],
  example: `entry example(%0 m: bool[head, token] input, %1 k: int param) axes(head, token, kept: %1) {
  %2 = kept_indices(%0, %1) {as = "kept", axis = "token"} : i32[head, kept]
  return out = %2
}`,
})
