/** The search of a selection by keys in a row. How it goes about it is the target's affair. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const threshold = defineOp({
  name: 'threshold',
  summary: 'a number that at least k of the first n keys of a row reach, and fewer than k keys exceed; and how many reach it',
  levels: ['kernel'],
  operands: ['keys', 'n', 'k', 'low', 'high'],
  attrs: {},
  traits: ['reads', 'spread'],
  infer: ([keys, ...numbers]) => {
    if (!isBuffer(keys) || keys.dtype !== 'i32') return problem('expects an i32 buffer', 0)
    return numbers.every(isIndex) ? [machine('i32'), machine('i32')] : problem('expects scalar integers')
  },
  example: `kernel example(%0 keys: scratch i32[], %1 n: i32, %2 k: i32, %3 low: i32, %4 high: i32) {
  points() {team = true} {
    %5, %6 = threshold(%0, %1, %2, %3, %4) : i32, i32
  }
}`,
})
