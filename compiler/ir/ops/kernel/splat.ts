/** Broadcast of a scalar to lanes. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isMachine, problem } from './signature.ts'

export const splat = defineOp({
  name: 'splat',
  summary: 'a scalar in every lane',
  levels: ['kernel'],
  operands: ['x'],
  attrs: { lanes: 'number' },
  traits: ['pure'],
  infer: ([x], attrs) =>
    isMachine(x) && x.lanes === 1 ? [machine(x.dtype, attrs.lanes as number)] : problem('expects a scalar', 0),
  example: `kernel example(%0 x: f32) {
  %1 = splat(%0) {lanes = 4} : f32x4
}`,
})
