/** The beginning of sums of products that a team holds. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const clearSums = defineOp({
  name: 'clear_sums',
  summary: 'sums of products for rows of so many words become 0',
  levels: ['kernel'],
  operands: ['sums', 'words'],
  attrs: {},
  traits: ['writes', 'spread'],
  infer: ([sums, words]) => {
    if (!isBuffer(sums) || sums.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    return isIndex(words) ? [] : problem('sizes are scalar integers')
  },
  example: `kernel example(%0 sums: lane u32[], %1 words: i32) {
  points() {team = true} {
    clear_sums(%0, %1)
  }
}`,
})
