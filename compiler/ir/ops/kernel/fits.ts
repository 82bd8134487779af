/** Whether rows of a packed tensor have room in scratch, before there is a place for them. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const fits = defineOp({
  name: 'fits',
  summary:
    'whether `fetch` to the same scratch would not deny bitmap rows, words first..last of at most `whole` and values lo..hi',
  levels: ['kernel'],
  operands: ['scratch', 'first', 'last', 'lo', 'hi', 'whole'],
  attrs: {},
  traits: ['control', 'spread'],
  infer: ([scratch, ...places]) => {
    if (!isBuffer(scratch) || scratch.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    return places.every(isIndex) ? [machine('bool')] : problem('places are scalar integers')
  },
  example: `kernel example(%0 rows: scratch u32[], %1 words: read u32[], %2 values: read f16[], %3 none: i32, %4 n: i32) {
  points() {team = true} {
    %5 = fits(%0, %3, %4, %3, %4, %4) : bool
    %6 = fetch(%0, %1, %3, %4, %2, %3, %4, %4) : bool
  }
}`,
})
