/**
 * `fold_parts`: what `fold_softmax` gives, for each of several parts of the scores. The summed axes, row-major in the order in which
 * they are named, are cut into runs of `length`; part p of the axis `part` is run p, the last ones may be short or empty. `points`
 * are the axes along which scores and values that are read row by row are independent: where a device works on each by itself.
 */
import { evalFoldParts } from '../../eval/fold-parts.ts'
import { attrAxes, attrString, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type Type } from '../../types.ts'
import { describe, isInt, isTypeProblem, problem } from '../type-rules.ts'
import { foldSoftmax } from './fold-softmax.ts'

function infer([length, ...operands]: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  if (length == null || !isInt(length)) return problem(`a part is as long as a whole number says, not ${describe(length)}`, 0)
  const whole = foldSoftmax.infer(operands, attrs)
  if (isTypeProblem(whole)) return whole
  const part = attrString(attrs, 'part')
  const own = whole.map((type) => (type.kind === 'tensor' ? type.axes : []))
  if (own.flat().includes(part)) return problem(`the parts need an axis of their own, and \`${part}\` is one already`)
  if (!attrAxes(attrs, 'points').every((axis) => own[0]!.includes(axis))) return problem('points are axes of the scores')
  return own.map((axes) => tensor('f32', partsLast(axes, own[0]!) ? [...axes, part] : [part, ...axes]))
}

/** Of what has an element for each score the parts lie side by side, to be joined; of rows of values each part is a tensor. */
const partsLast = (axes: readonly string[], peaks: readonly string[]): boolean => axes.every((axis) => peaks.includes(axis))

export const foldParts = defineOp({
  name: 'fold_parts',
  summary: 'The largest score, the sum of exponentials and weighted sums, for each of several parts of the scores.',
  levels: ['policy', 'sparse'],
  operands: ['length', 's', 'values*'],
  attrs: { axes: 'axes', part: 'axis', points: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => [...attrAxes(attrs), attrString(attrs, 'part')],
  infer,
  eval: (operands, node, context) => evalFoldParts(operands, node, context),
  example: `entry example(%0 s: f32[head, token] input, %1 v: f32[token, channel] input, %2 n: int param, %3 parts: int param) axes(head, token, channel, token.part: %3) {
  %4, %5, %6 = fold_parts(%2, %0, %1) {axes = ["token"], part = "token.part", points = []} : f32[head, token.part], f32[head, token.part], f32[token.part, head, channel]
  return out = %6
}`,
})
