/** The lane numbers. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'

export const iota = defineOp({
  name: 'iota',
  summary: '0, 1, 2, … in the lanes',
  levels: ['kernel'],
  operands: [],
  attrs: { lanes: 'number' },
  traits: ['pure'],
  infer: (_types, attrs) => [machine('i32', attrs.lanes as number)],
  example: `kernel example() {
  %0 = iota() {lanes = 4} : i32x4
}`,
})
