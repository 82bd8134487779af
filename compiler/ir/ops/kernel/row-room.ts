/** Host plan: for how many kept elements of a row of a given tensor room is made, where less than all rows having it costs time alone. */
import { defineOp } from '../../op.ts'
import { scalar } from '../../types.ts'
import { problem } from './signature.ts'

export const rowRoom = defineOp({
  name: 'row_room',
  summary: 'kept elements that rows of a packed tensor usually have, as the host that is given it knows; else what it is told',
  levels: ['kernel'],
  operands: ['tensor', 'otherwise'],
  attrs: {},
  traits: ['pure'],
  infer: ([tensor, otherwise]) => {
    if (tensor?.kind !== 'tensor' || tensor.packing === undefined) return problem('expects a packed tensor', 0)
    return otherwise?.kind === 'scalar' ? [scalar('int')] : problem('expects a host scalar', 1)
  },
  example: `entry example(%0 p: bitmap(64) over [column] f16[row, column] input) axes(row, column) {
  %1 = size() {axis = "column"} : int
  %2 = row_room(%0, %1) : int
}`,
})
