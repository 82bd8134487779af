/** Lane conditions as bits of an integer. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isMachine, problem } from './signature.ts'

export const bitmask = defineOp({
  name: 'bitmask',
  summary: 'bit i of the result is lane i of a bool vector',
  levels: ['kernel'],
  operands: ['x'],
  attrs: {},
  traits: ['pure'],
  infer: ([x]) => (isMachine(x) && x.dtype === 'bool' ? [machine('i32')] : problem('expects a bool vector', 0)),
  example: `kernel example(%0 m: boolx4) {
  %1 = bitmask(%0) : i32
}`,
})
