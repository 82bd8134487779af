/**
 * `pool`: the sum, mean or largest of a window of `width` elements around each element, (width - 1) div 2 of them before
 * it. Outside the tensor, sum and mean see zeros (which count in the mean's divisor) and max sees nothing.
 */
import { evalPool } from '../../eval/windows.ts'
import { attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isInt, isTypeProblem, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  if (!isInt(types[1])) return problem(`the width of a window is a whole number known to the host, not ${describe(types[1])}`, 1)
  const dtype = computeDType(x.dtype)
  const result = attrs['kind'] === 'mean' ? 'f32' : dtype === 'bool' ? 'i32' : dtype
  return axesProblem(x, [attrString(attrs, 'axis')]) ?? [tensor(result, x.axes)]
}

export const pool = defineOp({
  name: 'pool',
  summary: 'The sum, mean or largest of a window around each element of an axis.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'width'],
  attrs: { axis: 'axis', kind: ['sum', 'mean', 'max'] },
  traits: ['pure', 'costly'],
  zero: 'unknown',
  mixes: (attrs) => [attrString(attrs, 'axis')],
  infer,
  eval: (operands, node) => [evalPool(operands, node)],
  example: `entry example(%0 x: f32[row, column] input, %1 width: int param) axes(row, column) {
  %2 = pool(%0, %1) {axis = "column", kind = "mean"} : f32[row, column]
  return out = %2
}`,
})
