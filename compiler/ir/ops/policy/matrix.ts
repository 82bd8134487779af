/** What the type rules of the linear algebra ops share: a matrix over two axes, and what is solved for. All other axes are batches. */
import { attrAxes, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type TensorType, type Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isTypeProblem, listAxes, missingFrom, problem } from '../type-rules.ts'

/** A dense tensor of numbers. */
function numbers(type: Type | null | undefined, operand: number): TensorType | TypeProblem {
  const dense = denseTensor(type, operand)
  if (isTypeProblem(dense) || dense.dtype !== 'bool') return dense
  return problem(`linear algebra works on numbers, and this is ${describe(dense)}`, operand)
}

/** The matrix: operand 0, with both axes. */
export function matrixOf(types: readonly (Type | null)[], attrs: Attrs): TensorType | TypeProblem {
  const axes = attrAxes(attrs)
  if (axes.length !== 2) return problem(`a matrix has two axes, and these are ${listAxes(axes)}`)
  const matrix = numbers(types[0], 0)
  if (isTypeProblem(matrix)) return matrix
  return axesProblem(matrix, axes, 0) ?? matrix
}

/** The type of x in A x = y, for A over [from, to]: `to` in the place of `from` in y, after the batches that A alone has. */
export function solutionOf(types: readonly (Type | null)[], attrs: Attrs): TensorType | TypeProblem {
  const matrix = matrixOf(types, attrs)
  const y = numbers(types[1], 1)
  if (isTypeProblem(matrix)) return matrix
  if (isTypeProblem(y)) return y
  const [from = '', to = ''] = attrAxes(attrs)
  const refusal = axesProblem(y, [from], 1)
  if (refusal !== null) return refusal
  if (y.axes.includes(to)) return problem(`${describe(y)} has the axis \`${to}\`, along which the solution is counted`, 1)
  const own = missingFrom(matrix.axes, [...y.axes, to])
  return tensor('f32', [...own, ...y.axes.map((axis) => (axis === from ? to : axis))])
}
