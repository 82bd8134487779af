/** Reads the bits of a value as another dtype of the same width. */
import { defineOp } from '../../op.ts'
import { machine, type MachineDType } from '../../types.ts'
import { isMachine, problem } from './signature.ts'

export const bitcast = defineOp({
  name: 'bitcast',
  summary: 'the same 32 bits as another dtype',
  levels: ['kernel'],
  operands: ['x'],
  attrs: { to: 'string' },
  traits: ['pure'],
  infer: ([x], attrs) => (isMachine(x) ? [machine(attrs.to as MachineDType, x.lanes)] : problem('expects a machine value', 0)),
  example: `kernel example(%0 x: f32) {
  %1 = bitcast(%0) {to = "i32"} : i32
}`,
})
