/** Host plan: sets every element of a buffer before later launches. */
import { defineOp } from '../../op.ts'
import { isBuffer, problem } from './signature.ts'

export const fill = defineOp({
  name: 'fill',
  summary: 'sets every element of a buffer to a number',
  levels: ['kernel'],
  operands: ['buffer'],
  attrs: { value: 'json' },
  traits: ['writes'],
  infer: ([target]) => (isBuffer(target) ? [] : problem('expects a buffer', 0)),
  example: `entry example(%0 n: int param) axes(row) {
  %1 = buffer(%0) {dtype = "f32", role = "temp"} : readwrite f32[]
  fill(%1) {value = 0}
}`,
})
