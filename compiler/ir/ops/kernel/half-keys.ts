/** Keys of 16-bit floats that are in memory, straight from their bits. */
import { defineOp } from '../../op.ts'
import { isBuffer, isHalf, isIndex, problem } from './signature.ts'

export const halfKeys = defineOp({
  name: 'half_keys',
  summary:
    'makes the first n keys of a row, which order as elements of x do from `start` on (`order`: as they are, backwards, or by size); NaN is the least',
  levels: ['kernel'],
  operands: ['keys', 'x', 'start', 'n'],
  attrs: { order: ['value', 'negative', 'size'] },
  traits: ['writes', 'spread'],
  infer: ([keys, x, ...numbers]) => {
    if (!isBuffer(x) || !isHalf(x)) return problem('expects a buffer of 16-bit floats', 1)
    if (!isBuffer(keys) || keys.dtype !== x.dtype) return problem(`expects a buffer of ${x.dtype}`, 0)
    return numbers.every(isIndex) ? [] : problem('expects scalar integers')
  },
  example: `kernel example(%0 keys: scratch f16[], %1 x: read f16[], %2 first: i32, %3 n: i32, %4 k: i32) {
  points() {team = true} {
    half_keys(%0, %1, %2, %3) {order = "size"}
    keep_best(%0, %3, %4) {ties = "first"}
  }
}`,
})
