/** Keeps of a range what holds, without gaps: how rows of kept entries are written. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const compact = defineOp({
  name: 'compact',
  summary:
    'stores the values of those indices in lo..hi that hold, in order and without gaps from `start` on; gives how many; `raw`: as bits',
  levels: ['kernel'],
  operands: ['buffer', 'start', 'lo', 'hi'],
  attrs: { raw: 'boolean' },
  traits: ['control', 'spread', 'writes'],
  infer: ([buffer, ...indices], _attrs, [body]) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    if (!indices.every(isIndex)) return problem('start and bounds are scalar integers')
    if (body === undefined || body.params.length !== 1 || body.yields.length !== 2)
      return problem('the region takes an index and yields whether it holds, and its value')
    return [machine('i32')]
  },
  example: `kernel example(%0 y: readwrite f32[], %1 x: read f32[], %2 n: i32, %3 zero: f32, %4 first: i32) {
  points() {team = true} {
    %5 = compact(%0, %4, %4, %2) {raw = false} : i32 { (%6 i: i32)
      %7 = load(%1, %6) {lanes = 1} : f32
      %8 = gt(%7, %3) : bool
      yield %8, %7
    }
  }
}`,
})
