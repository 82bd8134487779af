/** A read, an operation and a write that no other thread comes between. Its order among threads is open, so only exact kinds exist. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem, rawType, sameMachine } from './signature.ts'

export const atomic = defineOp({
  name: 'atomic',
  summary: 'combines an element of an integer buffer with a value, by add, or, max or min',
  levels: ['kernel'],
  operands: ['buffer', 'index', 'value'],
  attrs: { kind: ['add', 'or', 'max', 'min'] },
  traits: ['reads', 'writes'],
  infer: ([buffer, index, value]) => {
    if (!isBuffer(buffer) || (buffer.dtype !== 'i32' && buffer.dtype !== 'u32')) return problem('expects an i32 or u32 buffer', 0)
    if (!isIndex(index)) return problem('expects a scalar integer index', 1)
    return sameMachine(value, rawType(buffer, 1)) ? [] : problem('expects a value of the buffer', 2)
  },
  example: `kernel example(%0 counts: readwrite i32[], %1 at: i32, %2 one: i32) {
  atomic(%0, %1, %2) {kind = "add"}
}`,
})
