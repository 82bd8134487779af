/**
 * `reduce`: one value per combination of the axes that are left, from the elements of x for which `where` holds.
 * Of nothing: sum 0, product 1, max -inf, min +inf (the least and greatest integer for integers), any false, all true,
 * count 0, argmax and argmin -1; `otherwise` replaces that. max and min of a NaN are NaN. argmax and argmin give the
 * position in the reduced axes, row-major in the order x has them: the first on ties, NaN only when there is nothing else.
 * deviation, of numbers, is the sum of the squared distances from the mean of the same elements; 0 of nothing.
 * `only` is a mask over the domain outside of which nothing matters: a result there is never looked at, or an element there
 * changes no result. It is a permission to leave things out; the meaning does not read it.
 */
import { evalReduce } from '../../eval/reduce.ts'
import { attrAxes, attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type DType, type Type } from '../../types.ts'
import { describe, isTypeProblem, maskProblem, problem } from '../type-rules.ts'
import { domainOf, otherwiseProblem } from './domain.ts'

export const REDUCTIONS = ['sum', 'product', 'max', 'min', 'any', 'all', 'count', 'argmax', 'argmin', 'deviation'] as const
export type Reduction = (typeof REDUCTIONS)[number]

function resultDType(kind: Reduction, dtype: DType): DType | null {
  const compute = computeDType(dtype)
  switch (kind) {
    case 'any':
    case 'all':
      return compute === 'bool' ? 'bool' : null
    case 'count':
      return compute === 'bool' ? 'i32' : null
    case 'argmax':
    case 'argmin':
      return 'i32'
    case 'deviation':
      return compute === 'f32' ? 'f32' : null
    default:
      return compute === 'bool' ? 'i32' : compute
  }
}

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const kind = attrString(attrs, 'kind') as Reduction
  const domain = domainOf(types, attrAxes(attrs))
  if (isTypeProblem(domain)) return domain
  const dtype = resultDType(kind, domain.x.dtype)
  if (dtype === null && kind === 'deviation') return problem(`\`deviation\` is of floats, and this is ${describe(domain.x)}`, 0)
  if (dtype === null)
    return problem(`\`${kind}\` is about a mask, and this is ${describe(domain.x)}: compare it with something first`, 0)
  const refusal = otherwiseProblem(types, dtype, domain.kept) ?? maskProblem(types[3], domain.axes, 'what matters', 3)
  return refusal ?? [tensor(dtype, domain.kept)]
}

export const reduce = defineOp({
  name: 'reduce',
  summary: 'One value from many along some axes: sum, product, max, min, any, all, count, argmax, argmin, deviation.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'where?', 'otherwise?', 'only?'],
  attrs: { kind: REDUCTIONS, axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalReduce(operands, node)],
  example: `entry example(%0 x: f32[row, column] input, %1 m: bool[row, column] input) axes(row, column) {
  %2 = reduce(%0, %1, _) {axes = ["column"], kind = "sum"} : f32[row]
  return out = %2
}`,
})
