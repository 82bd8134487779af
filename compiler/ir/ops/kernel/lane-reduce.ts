/** Horizontal reduction, in a fixed pairwise order so that results do not depend on the emitter. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isMachine, problem } from './signature.ts'

export const laneReduce = defineOp({
  name: 'lane_reduce',
  summary: 'combines all lanes by sum, max, min, and, or',
  levels: ['kernel'],
  operands: ['x'],
  attrs: { kind: ['sum', 'max', 'min', 'and', 'or'] },
  traits: ['pure'],
  infer: ([x]) => (isMachine(x) ? [machine(x.dtype)] : problem('expects a vector', 0)),
  example: `kernel example(%0 x: f32x4) {
  %1 = lane_reduce(%0) {kind = "sum"} : f32
}`,
})
