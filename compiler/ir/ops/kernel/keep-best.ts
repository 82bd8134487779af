/** A selection from keys in a row, as `is_best` asks about it. How a team goes about it is the target's affair. */
import { defineOp } from '../../op.ts'
import { isIndex, isKeys, problem } from './signature.ts'

export const keepBest = defineOp({
  name: 'keep_best',
  summary:
    'settles which of the first n keys of a row are its k largest, with `floats` as the f32 whose bits they are; of equal ones the first, or with `ties` all as soon as one is; keys are lost',
  levels: ['kernel'],
  operands: ['keys', 'n', 'k'],
  attrs: { ties: ['first', 'all'], 'floats?': 'boolean' },
  traits: ['reads', 'writes', 'spread'],
  infer: ([keys, ...numbers]) => {
    if (!isKeys(keys)) return problem('expects a buffer of i32 or of 16-bit floats', 0)
    return numbers.every(isIndex) ? [] : problem('expects scalar integers')
  },
  example: `kernel example(%0 keys: scratch i32[], %1 n: i32, %2 k: i32) {
  points() {team = true} {
    keep_best(%0, %1, %2) {ties = "first"}
  }
}`,
})
