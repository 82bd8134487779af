/**
 * `solve`: x in A x = y for a triangular A over `axes`, rows then columns, equally long. y is over the rows and x over the columns.
 * Only the triangle that is named and the diagonal are read. A zero on the diagonal divides: infinities and NaN, as IEEE has it.
 */
import { evalSolve } from '../../eval/linear.ts'
import { attrAxes, defineOp } from '../../op.ts'
import { isTypeProblem } from '../type-rules.ts'
import { solutionOf } from './matrix.ts'

export const solve = defineOp({
  name: 'solve',
  summary: 'The solution of a triangular system.',
  levels: ['policy', 'sparse'],
  operands: ['a', 'y'],
  attrs: { axes: 'axes', triangle: ['lower', 'upper'] },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer: (types, attrs) => {
    const solution = solutionOf(types, attrs)
    return isTypeProblem(solution) ? solution : [solution]
  },
  eval: (operands, node) => [evalSolve(operands, node)],
  example: `entry example(%0 a: f32[row, column] input, %1 y: f32[row] input) axes(row, column) {
  %2 = solve(%0, %1) {axes = ["row", "column"], triangle = "lower"} : f32[column]
  return out = %2
}`,
})
