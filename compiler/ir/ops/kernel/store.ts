/** Stores encode from the compute dtype, rounding to nearest even. */
import { defineOp } from '../../op.ts'
import { elementType, isBuffer, isIndex, isMachine, problem, sameMachine } from './signature.ts'

export const store = defineOp({
  name: 'store',
  summary: 'stores a value (its lanes consecutive) at element `index`, encoded to the dtype of the buffer',
  levels: ['kernel'],
  operands: ['buffer', 'index', 'value'],
  attrs: {},
  traits: ['writes'],
  infer: ([buffer, index, value]) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    if (!isIndex(index)) return problem('expects a scalar integer index', 1)
    if (!isMachine(value) || !sameMachine(value, elementType(buffer, value.lanes)))
      return problem(`a ${buffer.dtype} buffer stores ${elementType(buffer, 1).dtype}`, 2)
    return []
  },
  example: `kernel example(%0 y: write f16[], %1 at: i32, %2 value: f32) {
  store(%0, %1, %2)
}`,
})
