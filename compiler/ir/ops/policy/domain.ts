/**
 * What the ops that reduce share: their domain is the elements of `x` for which `where` holds, over the axes of both.
 * Operands are always (x, where?, otherwise?).
 */
import type { TypeProblem } from '../../op.ts'
import { computeDType, type DType, type TensorType, type Type } from '../../types.ts'
import {
  axesProblem,
  denseTensor,
  describe,
  isScalar,
  isTensor,
  isTypeProblem,
  listAxes,
  maskProblem,
  mergeAxes,
  missingFrom,
  problem,
} from '../type-rules.ts'

export interface Domain {
  readonly x: TensorType
  /** Axes of the domain: those of x and where. */
  readonly axes: readonly string[]
  /** Axes left when the reduced ones are gone. */
  readonly kept: readonly string[]
}

export function domainOf(types: readonly (Type | null)[], over: readonly string[]): Domain | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const where = types[1] ?? null
  const merged = isTensor(where) ? mergeAxes([x.axes, where.axes]) : x.axes
  const refusal = maskProblem(where, merged, 'the domain after `where`', 1) ?? axesProblem({ ...x, axes: merged }, over)
  if (refusal !== null) return refusal
  if (over.length === 0) return problem('no axis is named to reduce over')
  return { x, axes: merged, kept: missingFrom(merged, over) }
}

/** A refusal unless `otherwise` (operand 2) can stand for a result of this dtype over these axes. */
export function otherwiseProblem(types: readonly (Type | null)[], dtype: DType, kept: readonly string[]): TypeProblem | null {
  const otherwise = types[2] ?? null
  if (otherwise === null) return null
  const refused = problem(`the value after \`else\` is ${describe(otherwise)}, which does not fit a ${dtype} result`, 2)
  if (isScalar(otherwise))
    return fits(otherwise.scalar === 'bool' ? 'bool' : otherwise.scalar === 'int' ? 'i32' : 'f32', dtype) ? null : refused
  const value = denseTensor(otherwise, 2)
  if (isTypeProblem(value)) return value
  const extra = missingFrom(value.axes, kept)
  if (extra.length > 0) return problem(`the value after \`else\` has ${listAxes(extra)}, which the result does not`, 2)
  return fits(computeDType(value.dtype), dtype) ? null : refused
}

function fits(given: 'f32' | 'i32' | 'u32' | 'bool', wanted: DType): boolean {
  if (given === 'bool' || wanted === 'bool') return given === wanted
  return wanted === 'f32' || given !== 'f32'
}
