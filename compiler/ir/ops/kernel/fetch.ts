/** Rows of a packed tensor on their way from memory to scratch, while the team goes on with something else. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const fetch = defineOp({
  name: 'fetch',
  summary:
    'starts to copy bitmap rows, words first..last of at most `whole` and values lo..hi, to scratch; gives whether they will be there, which a target may deny',
  levels: ['kernel'],
  operands: ['scratch', 'words', 'first', 'last', 'values', 'lo', 'hi', 'whole'],
  attrs: {},
  traits: ['writes', 'spread'],
  infer: ([scratch, words, first, last, values, lo, hi, whole]) => {
    if (!isBuffer(scratch) || scratch.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isBuffer(words) || words.dtype !== 'u32') return problem('expects a buffer of words', 1)
    if (!isBuffer(values)) return problem('expects a buffer', 4)
    return [first, last, lo, hi, whole].every(isIndex) ? [machine('bool')] : problem('places are scalar integers')
  },
  example: `kernel example(%0 rows: scratch u32[], %1 words: read u32[], %2 values: read f16[], %3 none: i32, %4 n: i32) {
  points() {team = true} {
    %5 = fetch(%0, %1, %3, %4, %2, %3, %4, %4) : bool
  }
}`,
})
