/**
 * `quantile_index`: where the q-quantile of `count` elements lies among them, ascending from 0: at (count - 1) q, rounded
 * down, up or to nearest even; or the fraction that rounding down loses. Exact for an exact q. Of no elements as of one.
 * Kernels compute in f64 and take what is within 2^-50 of a whole number, relatively, for that number: the same for every
 * q with a denominator below 2^18.
 */
import { evalQuantileIndex } from '../../eval/order.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { tensor, type Type } from '../../types.ts'
import { denseTensor, describe, isScalar, isTypeProblem, problem } from '../type-rules.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const count = denseTensor(types[0])
  if (isTypeProblem(count)) return count
  if (count.dtype !== 'i32') return problem(`the number of elements is an i32 tensor, and this is ${describe(count)}`, 0)
  const [, q] = types
  if (!isScalar(q) || q.scalar === 'bool')
    return problem(`the quantile is a number known to the host, and this is ${describe(q)}`, 1)
  return [tensor(attrs['round'] === 'fraction' ? 'f32' : 'i32', count.axes)]
}

export const quantileIndex = defineOp({
  name: 'quantile_index',
  summary: 'Where a quantile lies among so many elements.',
  levels: ['policy', 'sparse'],
  operands: ['count', 'q'],
  attrs: { round: ['down', 'up', 'even', 'fraction'] },
  traits: ['pure', 'elementwise'],
  zero: 'unknown',
  infer,
  eval: (operands, node) => [evalQuantileIndex(operands, node)],
  example: `entry example(%0 n: i32[row] input, %1 q: ratio param) axes(row) {
  %2 = quantile_index(%0, %1) {round = "down"} : i32[row]
  return out = %2
}`,
})
