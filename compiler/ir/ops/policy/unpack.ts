/**
 * `unpack`: the dense tensor of a packed one, zero where nothing is stored. With positions, only the rows at those positions of
 * some of its row axes, as `gather` gives them: a row that is not addressed is not read, one outside its axis is zero.
 */
import { evalGather } from '../../eval/movement.ts'
import { expectTensor, tensorValue } from '../../eval/tensor-value.ts'
import { defineOp, type TypeProblem } from '../../op.ts'
import type { Attrs } from '../../node.ts'
import { rowAxes, tensor, type Type } from '../../types.ts'
import { describe, isTensor, missingFrom, problem } from '../type-rules.ts'
import { gatheredFrom } from './gather.ts'

function infer(types: readonly (Type | null)[], attrs: Attrs): readonly Type[] | TypeProblem {
  const [p] = types
  if (!isTensor(p) || p.packing === undefined) return problem(`only a packed tensor is unpacked, and this is ${describe(p)}`, 0)
  const dense = tensor(p.dtype, p.axes)
  if (types.length === 1) return [dense]
  const gathered = gatheredFrom(dense, types, attrs)
  if ('problem' in gathered) return gathered
  const rows = rowAxes(p.axes, p.packing)
  const inner = missingFrom(p.axes, rows)
  const given = types.slice(1).flatMap((type) => (isTensor(type) ? type.axes : []))
  const outside = missingFrom(attrs['axes'] as readonly string[], rows).length > 0 || given.some((axis) => inner.includes(axis))
  return outside ? problem('positions are of rows, and the same for a whole row') : [gathered]
}

export const unpack = defineOp({
  name: 'unpack',
  summary: 'The dense tensor of a packed one, or some of its rows.',
  levels: ['policy', 'sparse'],
  operands: ['p', 'positions*'],
  attrs: { 'axes?': 'axes' },
  traits: ['pure'],
  zero: 'preserves',
  infer,
  eval: ([p, ...positions], node) => {
    const { dtype, axes, shape, data } = expectTensor(p)
    const dense = tensorValue(dtype, axes, shape, data)
    return [positions.length === 0 ? dense : evalGather([dense, ...positions], node)]
  },
  example: `entry example(
    %0 p: bitmap(64) over [column] exact f16[row, column] input, %1 at: i32[some] input
) axes(row, column, some) {
  %2 = unpack(%0) : f16[row, column]
  %3 = unpack(%0, %1) {axes = ["row"]} : f16[some, column]
  return all = %2, out = %3
}`,
})
