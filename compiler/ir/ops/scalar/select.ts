/** `select`: x where the condition holds, y elsewhere. Both sides are computed; only one is taken, so NaN in the other is harmless. */
import { elementwiseEval } from '../../eval/elementwise.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import { scalar, tensor, type Type } from '../../types.ts'
import {
  denseProblem,
  describe,
  isMachine,
  isScalar,
  isTensor,
  isTypeProblem,
  joinScalars,
  mergeAxes,
  problem,
  promote,
} from '../type-rules.ts'

const isBool = (type: Type | null | undefined): boolean =>
  (isScalar(type) && type.scalar === 'bool') || (isTensor(type) && type.dtype === 'bool')

function infer(types: readonly (Type | null)[]): readonly Type[] | TypeProblem {
  const [cond, x, y] = types
  if (isMachine(cond) && isMachine(x) && isMachine(y)) {
    if (x.dtype !== y.dtype || x.lanes !== y.lanes) return problem(`the branches are ${describe(x)} and ${describe(y)}`, 2)
    return cond.dtype === 'bool' && cond.lanes === x.lanes
      ? [x]
      : problem(`the condition is ${describe(cond)}, not bool with ${x.lanes} lanes`, 0)
  }
  const refusal = denseProblem(types)
  if (refusal !== null) return refusal
  if (!isBool(cond)) return problem(`the condition must be a mask or a truth value, and it is ${describe(cond)}`, 0)
  const branches = [x ?? null, y ?? null]
  const masks = branches.filter(isBool).length
  if (masks === 1) return problem(`one branch is a mask, the other is not: ${describe(x)} and ${describe(y)}`, 2)
  if (types.every(isScalar)) return [scalar(masks === 2 ? 'bool' : joinScalars(branches))]
  const dtype = masks === 2 ? 'bool' : promote(branches)
  return isTypeProblem(Object(dtype))
    ? (dtype as TypeProblem)
    : [tensor(dtype as 'f32', mergeAxes(types.filter(isTensor).map((type) => type.axes)))]
}

export const select = defineOp({
  name: 'select',
  summary: 'x where the condition holds, y elsewhere.',
  levels: ['policy', 'sparse', 'kernel'],
  operands: ['cond', 'x', 'y'],
  attrs: {},
  traits: ['pure', 'elementwise'],
  zero: 'unknown',
  infer,
  eval: elementwiseEval({
    number: (cond, x, y) => (cond !== 0 ? (x as number) : (y as number)),
    integer: null,
    exact: (cond, x, y) => (cond?.n !== 0n ? x : y) ?? false,
  }),
  example: `entry example(%0 cond: bool[row] input, %1 x: f32[row] input, %2 y: f32[row] input) axes(row) {
  %3 = select(%0, %1, %2) : f32[row]
  return out = %3
}`,
})
