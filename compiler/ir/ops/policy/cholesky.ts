/**
 * `cholesky`: the lower triangular L with L times its transpose equal to A, over the axes of A. `axes` are rows and columns of A,
 * equally long; only its lower triangle is read. A pivot that is not greater than 0 (A is not positive definite, or has a NaN)
 * becomes NaN, and with it its column below and every later column of the lower triangle; the upper triangle is 0.
 */
import { evalCholesky } from '../../eval/linear.ts'
import { attrAxes, defineOp } from '../../op.ts'
import { tensor } from '../../types.ts'
import { isTypeProblem } from '../type-rules.ts'
import { matrixOf } from './matrix.ts'

export const cholesky = defineOp({
  name: 'cholesky',
  summary: 'The lower triangular factor of a symmetric positive definite matrix.',
  levels: ['policy', 'sparse'],
  operands: ['x'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer: (types, attrs) => {
    const matrix = matrixOf(types, attrs)
    return isTypeProblem(matrix) ? matrix : [tensor('f32', matrix.axes)]
  },
  eval: (operands, node) => [evalCholesky(operands, node)],
  example: `entry example(%0 x: f32[row, column] input) axes(row, column) {
  %1 = cholesky(%0) {axes = ["row", "column"]} : f32[row, column]
  return out = %1
}`,
})
