/**
 * `segment`: a reduction into cells: every element of x for which `where` holds goes to the position along `into` that `at` gives
 * for it, and what meets there is combined, in row-major order of the elements. The axes reduced are replaced by `into`, at the
 * place of the first; the others are rows. Elements whose position is outside of `into` take no part. Of nothing: sum 0, max
 * -inf, min +inf (the least and greatest integer for integers), any false, all true, count 0. max and min of a NaN are NaN.
 */
import { evalSegment } from '../../eval/segment.ts'
import { attrAxes, attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { computeDType, tensor, type DType, type Type } from '../../types.ts'
import {
  axesProblem,
  denseTensor,
  describe,
  isTensor,
  isTypeProblem,
  maskProblem,
  mergeAxes,
  missingFrom,
  problem,
} from '../type-rules.ts'

export const SEGMENTS = ['sum', 'max', 'min', 'any', 'all', 'count'] as const

function resultDType(kind: string, dtype: DType): DType | null {
  const compute = computeDType(dtype)
  if (kind === 'any' || kind === 'all') return compute === 'bool' ? 'bool' : null
  if (kind === 'count') return compute === 'bool' ? 'i32' : null
  return compute === 'bool' ? 'i32' : compute
}

/** Axes of everything that is walked: of x, of the positions, of the mask. */
export const segmentDomain = (types: readonly (Type | null)[]): readonly string[] =>
  mergeAxes(types.slice(0, 3).flatMap((type) => (isTensor(type) ? [type.axes] : [])))

/** Axes of the result: `into` in the place of the first axis that is reduced. */
export function segmentAxes(domain: readonly string[], axes: readonly string[], into: string): readonly string[] {
  const first = domain.find((axis) => axes.includes(axis))
  return domain.flatMap((axis) => (axis === first ? [into] : axes.includes(axis) ? [] : [axis]))
}

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const at = denseTensor(types[1], 1)
  if (isTypeProblem(at)) return at
  if (!['i32', 'u32'].includes(computeDType(at.dtype))) return problem(`positions are whole numbers, not ${describe(at)}`, 1)
  const domain = segmentDomain(types)
  const axes = attrAxes(attrs)
  const refusal = maskProblem(types[2], domain, 'the domain after `where`', 2) ?? axesProblem({ ...x, axes: domain }, axes)
  if (refusal !== null) return refusal
  if (axes.length === 0) return problem('no axis is named to reduce over')
  const into = attrString(attrs, 'into')
  if (missingFrom(domain, axes).includes(into)) return problem(`the result would have the axis ${into} twice`)
  const kind = attrString(attrs, 'kind')
  const dtype = resultDType(kind, x.dtype)
  return dtype === null
    ? problem(`\`${kind}\` is about a mask, and this is ${describe(x)}: compare it with something first`, 0)
    : [tensor(dtype, segmentAxes(domain, axes, into))]
}

export const segment = defineOp({
  name: 'segment',
  summary: 'What goes to each position of an axis, combined: sum, max, min, any, all, count.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'at', 'where?'],
  attrs: { kind: SEGMENTS, axes: 'axes', into: 'axis' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => [...attrAxes(attrs), attrString(attrs, 'into')],
  infer,
  eval: (operands, node, context) => [evalSegment(operands, node, context)],
  example: `entry example(%0 x: f32[token, channel] input, %1 at: i32[token] input, %2 y: f32[cell] input) axes(token, channel, cell) {
  %3 = segment(%0, %1, _) {axes = ["token"], into = "cell", kind = "sum"} : f32[cell, channel]
  return out = %3
}`,
})
