/** One lane of a vector. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isMachine, problem } from './signature.ts'

export const extract = defineOp({
  name: 'extract',
  summary: 'one lane as a scalar',
  levels: ['kernel'],
  operands: ['x'],
  attrs: { lane: 'number' },
  traits: ['pure'],
  infer: ([x]) => (isMachine(x) ? [machine(x.dtype)] : problem('expects a vector', 0)),
  example: `kernel example(%0 x: f32x4) {
  %1 = extract(%0) {lane = 0} : f32
}`,
})
