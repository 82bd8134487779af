/**
 * `lstsq`: the x for which A x is nearest to y, over `axes`, rows then columns of A. By modified Gram-Schmidt on A with y beside it,
 * column after column in doubles. A column of which no more than 2^-21 of its length is left when the columns before it are taken
 * out depends on them: its coefficient is 0. So are all of no rows, and those beyond the number of rows.
 */
import { evalLstsq } from '../../eval/linear.ts'
import { attrAxes, defineOp } from '../../op.ts'
import { isTypeProblem } from '../type-rules.ts'
import { solutionOf } from './matrix.ts'

export const lstsq = defineOp({
  name: 'lstsq',
  summary: 'The least squares solution of a linear system.',
  levels: ['policy', 'sparse'],
  operands: ['a', 'y'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer: (types, attrs) => {
    const solution = solutionOf(types, attrs)
    return isTypeProblem(solution) ? solution : [solution]
  },
  eval: (operands, node) => [evalLstsq(operands, node)],
  example: `entry example(%0 a: f32[row, column] input, %1 y: f32[row] input) axes(row, column) {
  %2 = lstsq(%0, %1) {axes = ["row", "column"]} : f32[column]
  return out = %2
}`,
})
