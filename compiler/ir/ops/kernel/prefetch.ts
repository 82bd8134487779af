/** A hint without a meaning: what memory is slow to give is asked for early. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const prefetch = defineOp({
  name: 'prefetch',
  summary: 'elements lo..hi of a buffer are about to be read by the team; may do nothing',
  levels: ['kernel'],
  operands: ['buffer', 'lo', 'hi'],
  attrs: {},
  traits: ['reads'],
  infer: ([buffer, lo, hi]) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    return isIndex(lo) && isIndex(hi) ? [] : problem('bounds are scalar integers')
  },
  example: `kernel example(%0 x: read f32[], %1 lo: i32, %2 hi: i32) {
  points() {team = true} {
    prefetch(%0, %1, %2)
  }
}`,
})
