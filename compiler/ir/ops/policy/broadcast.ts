/**
 * `broadcast`: x with exactly these axes, in this order, repeated along those it lacks. Also transposes, and makes a tensor
 * of a host scalar. `dtype` converts (by the rules of `convert`); without it a scalar becomes f32, i32 or bool by its kind.
 */
import { broadcastTo } from '../../eval/movement.ts'
import { convertTensor } from '../../eval/convert.ts'
import { asTensor } from '../../eval/tensor-value.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type DType, type Type } from '../../types.ts'
import { denseProblem, describe, hasDuplicates, isScalar, isTensor, listAxes, missingFrom, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const [x] = types
  const axes = attrAxes(attrs)
  const refusal = denseProblem(types)
  if (refusal !== null) return refusal
  if (hasDuplicates(axes)) return problem(`an axis is named twice in ${listAxes(axes)}`)
  const dtype = attrs['dtype'] as DType | null | undefined
  if (isScalar(x)) return [tensor(dtype ?? (x.scalar === 'int' ? 'i32' : x.scalar === 'bool' ? 'bool' : 'f32'), axes)]
  if (!isTensor(x)) return problem('there is nothing to repeat', 0)
  const extra = missingFrom(x.axes, axes)
  if (extra.length > 0) return problem(`${describe(x)} has ${listAxes(extra)}, which [${axes.join(', ')}] does not`, 0)
  return [tensor(dtype ?? x.dtype, axes)]
}

export const broadcast = defineOp({
  name: 'broadcast',
  summary: 'The same values with exactly these axes, in this order, repeated along the new ones.',
  levels: ['policy', 'sparse'],
  operands: ['x'],
  attrs: { axes: 'axes', 'dtype?': ['f32', 'f16', 'bf16', 'i32', 'u32', 'u8', 'i8', 'bool'] },
  traits: ['pure', 'elementwise'],
  zero: 'preserves',
  infer,
  eval: ([x], node, context) => {
    const type = node.results[0]?.type
    if (x == null || !isTensor(type)) return []
    return [broadcastTo(convertTensor(asTensor(x, 'f32'), type.dtype), type.axes, (axis) => context.extent(axis))]
  },
  example: `entry example(%0 x: f16[row] input, %1 y: f16[row, column] input) axes(row, column) {
  %2 = broadcast(%0) {axes = ["row", "column"], dtype = "f32"} : f32[row, column]
  return out = %2
}`,
})
