/** Stores bits as they are: the counterpart of load_raw. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, isMachine, problem, rawType, sameMachine } from './signature.ts'

export const storeRaw = defineOp({
  name: 'store_raw',
  summary: 'stores undecoded elements at `index`',
  levels: ['kernel'],
  operands: ['buffer', 'index', 'value'],
  attrs: {},
  traits: ['writes'],
  infer: ([buffer, index, value]) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    if (!isIndex(index)) return problem('expects a scalar integer index', 1)
    if (!isMachine(value) || !sameMachine(value, rawType(buffer, value.lanes)))
      return problem(`raw elements of a ${buffer.dtype} buffer are ${rawType(buffer, 1).dtype}`, 2)
    return []
  },
  example: `kernel example(%0 y: write f16[], %1 at: i32, %2 bits: u32) {
  store_raw(%0, %1, %2)
}`,
})
