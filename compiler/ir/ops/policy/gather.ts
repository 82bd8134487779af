/**
 * `gather`: the elements of x at given positions of some axes, one operand of positions for each axis: an integer tensor, or a
 * whole number of the host. The axes of the positions take the place of the first axis that is addressed; those that x has
 * besides go along. All positions are read before x is. A position outside its axis gives 0 (false for a mask).
 */
import { evalGather } from '../../eval/movement.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type TensorType, type Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isInt, isTypeProblem, missingFrom, problem } from '../type-rules.ts'

/** The axes of one operand of positions; a number of the host has none. */
function positionAxes(type: Type | null, operand: number): readonly string[] | TypeProblem {
  if (isInt(type)) return []
  const indices = denseTensor(type, operand)
  if (isTypeProblem(indices)) return indices
  if (['i32', 'u32'].includes(computeDType(indices.dtype))) return indices.axes
  return problem(`positions are whole numbers, and these are ${describe(indices)}`, operand)
}

export function gatheredType(x: TensorType, axes: readonly string[], positions: readonly (readonly string[])[]): TensorType {
  const others = missingFrom(x.axes, axes)
  const added = missingFrom([...new Set(positions.flat())], others)
  const first = x.axes.find((axis) => axes.includes(axis))
  return tensor(
    x.dtype,
    x.axes.flatMap((axis) => (axis === first ? added : axes.includes(axis) ? [] : [axis])),
  )
}

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const gathered = gatheredFrom(x, types, attrs)
  return isTypeProblem(gathered) ? gathered : [gathered]
}

/** The elements of a dense tensor; `types` are those of all operands. */
export function gatheredFrom(x: TensorType, types: readonly (Type | null)[], attrs: Attrs): TensorType | TypeProblem {
  const axes = attrAxes(attrs)
  const refusal = axesProblem(x, axes)
  if (refusal !== null) return refusal
  const given = types.slice(1)
  if (axes.length === 0 || given.length !== axes.length) return problem(`${axes.length} axes need as many operands of positions`)
  const positions: (readonly string[])[] = []
  for (const [at, type] of given.entries()) {
    const own = positionAxes(type, at + 1)
    if (isTypeProblem(own)) return own
    positions.push(own)
  }
  return gatheredType(x, axes, positions)
}

export const gather = defineOp({
  name: 'gather',
  summary: 'The elements at given positions of some axes.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'positions*'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'preserves',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalGather(operands, node)],
  example: `entry example(%0 x: f16[head, token, channel] input, %1 at: i32[head, kept] input) axes(head, token, channel, kept) {
  %2 = gather(%0, %1) {axes = ["token"]} : f16[head, kept, channel]
  return out = %2
}`,
})
