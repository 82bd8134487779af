/** For sums, whose rounding no target promises to the last bit: most machines multiply and add as fast as they add. */
import { defineOp } from '../../op.ts'
import { isMachine, problem } from './signature.ts'

export const mulAdd = defineOp({
  name: 'mul_add',
  summary: 'x * y + z of f32, rounded once or twice, whichever costs the target less',
  levels: ['kernel'],
  operands: ['x', 'y', 'z'],
  attrs: {},
  traits: ['pure'],
  infer: (types) => {
    const other = types.findIndex((type) => !isMachine(type) || type.dtype !== 'f32' || type.lanes !== 1)
    return other < 0 ? [types[0]!] : problem('expects an f32', other)
  },
  example: `kernel example(%0 x: f32, %1 y: f32, %2 z: f32) {
  %3 = mul_add(%0, %1, %2) : f32
}`,
})
