/** Host plan: what a packed tensor given by the caller keeps in each row. */
import { defineOp } from '../../op.ts'
import { scalar } from '../../types.ts'
import { problem } from './signature.ts'

export const kept = defineOp({
  name: 'kept',
  summary: 'kept elements per row of an exactly packed tensor',
  levels: ['kernel'],
  operands: ['tensor'],
  attrs: {},
  traits: ['pure'],
  infer: ([tensor]) =>
    tensor?.kind === 'tensor' && tensor.packing?.exact === true
      ? [scalar('int')]
      : problem('expects an exactly packed tensor', 0),
  example: `entry example(%0 p: bitmap(64) over [column] exact f16[row, column] input) axes(row, column) {
  %1 = kept(%0) : int
}`,
})
