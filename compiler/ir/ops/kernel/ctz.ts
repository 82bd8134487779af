/** Bit counting on 32-bit integers. */
import { defineOp } from '../../op.ts'
import { isMachine, problem } from './signature.ts'

export const ctz = defineOp({
  name: 'ctz',
  summary: 'number of trailing zero bits; 32 for zero',
  levels: ['kernel'],
  operands: ['x'],
  attrs: {},
  traits: ['pure'],
  infer: ([x]) => (isMachine(x) && (x.dtype === 'i32' || x.dtype === 'u32') ? [x] : problem('expects a 32-bit integer', 0)),
  example: `kernel example(%0 bits: u32) {
  %1 = ctz(%0) : u32
}`,
})
