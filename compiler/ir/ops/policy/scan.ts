/** `scan`: the running sum along an axis; `exclusive` leaves the element itself out. Floats sum in f32, masks count in i32. */
import { evalScan } from '../../eval/windows.ts'
import { attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type Type } from '../../types.ts'
import { axesProblem, denseTensor, isTypeProblem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const dtype = computeDType(x.dtype)
  return axesProblem(x, [attrString(attrs, 'axis')]) ?? [tensor(dtype === 'bool' ? 'i32' : dtype, x.axes)]
}

export const scan = defineOp({
  name: 'scan',
  summary: 'The running sum along an axis.',
  levels: ['policy', 'sparse'],
  operands: ['x'],
  attrs: { axis: 'axis', exclusive: 'boolean' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => [attrString(attrs, 'axis')],
  infer,
  eval: (operands, node) => [evalScan(operands, node)],
  example: `entry example(%0 x: f32[row, column] input) axes(row, column) {
  %1 = scan(%0) {axis = "column", exclusive = false} : f32[row, column]
  return out = %1
}`,
})
