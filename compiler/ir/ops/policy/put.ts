/**
 * `put`: x with one slice replaced: the elements at one position of some axes, which the host knows. The value is over the other
 * axes, or some of them. A position outside its axis replaces nothing.
 */
import { evalPut } from '../../eval/movement.ts'
import { attrAxes, defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import type { Type } from '../../types.ts'
import { axesProblem, denseTensor, describe, isInt, isTypeProblem, listAxes, missingFrom, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const x = denseTensor(types[0])
  if (isTypeProblem(x)) return x
  const value = denseTensor(types[1], 1)
  if (isTypeProblem(value)) return value
  const axes = attrAxes(attrs)
  const refusal = axesProblem(x, axes)
  if (refusal !== null) return refusal
  const positions = types.slice(2)
  if (axes.length === 0 || positions.length !== axes.length) return problem(`${axes.length} axes need as many positions`)
  const odd = positions.findIndex((type) => !isInt(type))
  if (odd >= 0) return problem(`a position is a whole number of the host, not ${describe(positions[odd])}`, odd + 2)
  if (value.dtype !== x.dtype) return problem(`the slice is ${describe(value)} and belongs to ${describe(x)}`, 1)
  const extra = missingFrom(value.axes, missingFrom(x.axes, axes))
  return extra.length === 0 ? [x] : problem(`the slice has ${listAxes(extra)}, which its place does not`, 1)
}

export const put = defineOp({
  name: 'put',
  summary: 'A tensor with one slice of it replaced.',
  levels: ['policy', 'sparse'],
  operands: ['x', 'value', 'positions*'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer,
  eval: (operands, node) => [evalPut(operands, node)],
  example: `entry example(%0 x: f32[layer, channel] input, %1 y: f32[channel] input, %2 at: int argument) axes(layer, channel) {
  %3 = put(%0, %1, %2) {axes = ["layer"]} : f32[layer, channel]
  return out = %3
}`,
})
