/** `mask`: x where m holds, zero elsewhere (also where x is NaN), in the dtype of x: what `X where M` leaves in memory. */
import { elementwiseEval } from '../../eval/elementwise.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import { tensor, type Type } from '../../types.ts'
import { denseTensor, isTensor, isTypeProblem, maskProblem, mergeAxes } from '../type-rules.ts'

function infer(types: readonly (Type | null)[]): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const m = types[1] ?? null
  const axes = isTensor(m) ? mergeAxes([x.axes, m.axes]) : x.axes
  return maskProblem(m, axes, 'what comes after `where`', 1) ?? [tensor(x.dtype, axes)]
}

const choose = (x = 0, m = 0): number => (m !== 0 ? x : 0)

export const mask = defineOp({
  name: 'mask',
  summary: 'x where the mask holds, zero elsewhere, in the dtype of x.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'm'],
  attrs: {},
  traits: ['pure', 'elementwise'],
  zero: 'annihilates',
  infer,
  eval: elementwiseEval({ number: choose, integer: null, exact: null }),
  example: `entry example(%0 x: f16[row, column] input, %1 m: bool[column] input) axes(row, column) {
  %2 = mask(%0, %1) : f16[row, column]
  return out = %2
}`,
})
