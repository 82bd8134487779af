/** `row_counts`: how many entries each row of a packed tensor keeps, over the axes that its rows run over. */
import { evalRowCounts } from '../../eval/packing.ts'
import { expectTensor } from '../../eval/tensor-value.ts'
import { defineOp } from '../../op.ts'
import { rowAxes, tensor } from '../../types.ts'
import { describe, isTensor, problem } from '../type-rules.ts'

export const rowCounts = defineOp({
  name: 'row_counts',
  summary: 'How many entries each row of a packed tensor keeps.',
  levels: ['policy', 'sparse'],
  operands: ['p'],
  attrs: {},
  traits: ['pure'],
  infer: ([p]) =>
    isTensor(p) && p.packing !== undefined
      ? [tensor('i32', rowAxes(p.axes, p.packing))]
      : problem(`only a packed tensor has rows of its own length, and this is ${describe(p)}`, 0),
  eval: ([p]) => [evalRowCounts(expectTensor(p))],
  example: `entry example(%0 p: compact over [kept] of [channel] f16[head, kept, channel] input) axes(head, kept, channel) {
  %1 = row_counts(%0) : i32[head]
  return out = %1
}`,
})
