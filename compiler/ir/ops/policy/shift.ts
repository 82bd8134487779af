/** `shift`: elements moved `by` places towards higher positions of an axis (negative: lower); zeros move in. */
import { evalShift } from '../../eval/windows.ts'
import { attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import type { Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isInt, isTypeProblem, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  if (!isInt(types[1])) return problem(`the distance is a whole number known to the host, not ${describe(types[1])}`, 1)
  return axesProblem(x, [attrString(attrs, 'axis')]) ?? [x]
}

export const shift = defineOp({
  name: 'shift',
  summary: 'Elements moved along an axis, zeros moving in.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'by'],
  attrs: { axis: 'axis' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => [attrString(attrs, 'axis')],
  infer,
  eval: (operands, node) => [evalShift(operands, node)],
  example: `entry example(%0 x: f32[row, column] input) axes(row, column) {
  %1 = literal() {scalar = "int", value = "1"} : int
  %2 = shift(%0, %1) {axis = "column"} : f32[row, column]
  return out = %2
}`,
})
