/**
 * `fold_softmax`: what a softmax over some axes and sums weighted by it come down to, in a form that can be accumulated one
 * score after the other. Results: m, the largest score (-inf of nothing, NaN when there is one); total, the sum of
 * exp(s - r); and for each value v the sum of exp(s - r) * v, where r is m, or 0 when m is not finite. Of nothing the sums
 * are 0; when every score is -inf they are sums of 0 * v. Scores and values are read as they are: a NaN or an infinite value
 * beside a weight of 0 gives NaN, as a product does.
 */
import { evalFoldSoftmax } from '../../eval/fold-softmax.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { isFloat, tensor, type Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isTypeProblem, mergeAxes, missingFrom, problem } from '../type-rules.ts'

function infer([score, ...values]: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const s = denseTensor(score)
  if (isTypeProblem(s)) return s
  if (!isFloat(s.dtype)) return problem(`scores are floats, and this is ${describe(s)}`, 0)
  const axes = attrAxes(attrs)
  if (axes.length === 0) return problem('no axis is named to sum over')
  const refusal = axesProblem(s, axes)
  if (refusal !== null) return refusal
  const sums: Type[] = []
  for (const [at, value] of values.entries()) {
    const v = denseTensor(value, at + 1)
    if (isTypeProblem(v)) return v
    sums.push(tensor('f32', missingFrom(mergeAxes([s.axes, v.axes]), axes)))
  }
  const peak = tensor('f32', missingFrom(s.axes, axes))
  return [peak, peak, ...sums]
}

export const foldSoftmax = defineOp({
  name: 'fold_softmax',
  summary: 'The largest score, the sum of exponentials below it, and sums of values weighted by them.',
  levels: ['policy', 'sparse'],
  operands: ['s', 'values*'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => evalFoldSoftmax(operands, node),
  example: `entry example(%0 s: f32[head, token] input, %1 v: f32[token, channel] input) axes(head, token, channel) {
  %2, %3, %4 = fold_softmax(%0, %1) {axes = ["token"]} : f32[head], f32[head], f32[head, channel]
  %5 = div(%4, %3) : f32[head, channel]
  return out = %5
}`,
})
