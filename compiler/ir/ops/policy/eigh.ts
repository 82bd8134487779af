/**
 * `eigh`: eigenvalues and eigenvectors of a symmetric matrix, by cyclic Jacobi in doubles. `axes` are rows and columns, equally
 * long; only the lower triangle is read. Values ascend along the columns; the vector of each is a column of length 1, with the sign
 * that makes positive the first component that is at least 9/10 of the largest in magnitude. Of equal eigenvalues the vectors are
 * some orthogonal ones. A matrix with a NaN or an infinity gives NaN.
 */
import { evalEigh } from '../../eval/linear.ts'
import { attrAxes, defineOp } from '../../op.ts'
import { tensor } from '../../types.ts'
import { isTypeProblem } from '../type-rules.ts'
import { matrixOf } from './matrix.ts'

export const eigh = defineOp({
  name: 'eigh',
  summary: 'Eigenvalues, ascending, and eigenvectors of a symmetric matrix.',
  levels: ['policy', 'sparse'],
  operands: ['x'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer: (types, attrs) => {
    const matrix = matrixOf(types, attrs)
    if (isTypeProblem(matrix)) return matrix
    const [rows] = attrAxes(attrs)
    return [
      tensor(
        'f32',
        matrix.axes.filter((axis) => axis !== rows),
      ),
      tensor('f32', matrix.axes),
    ]
  },
  eval: (operands, node) => evalEigh(operands, node),
  example: `entry example(%0 x: f32[row, column] input) axes(row, column) {
  %1, %2 = eigh(%0) {axes = ["row", "column"]} : f32[column], f32[row, column]
  return values = %1, vectors = %2
}`,
})
