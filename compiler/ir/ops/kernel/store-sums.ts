/** The end of sums of products: as numbers in memory that the team shares. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const storeSums = defineOp({
  name: 'store_sums',
  summary: 'element index * heads + head of `to` becomes a sum of products, for index < hi',
  levels: ['kernel'],
  operands: ['to', 'sums', 'words', 'hi'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['writes', 'spread'],
  infer: ([to, sums, ...sizes]) => {
    if (!isBuffer(to) || to.dtype !== 'f32') return problem('expects a f32 buffer', 0)
    if (!isBuffer(sums) || sums.dtype !== 'u32') return problem('expects a u32 buffer', 1)
    return sizes.every(isIndex) ? [] : problem('sizes are scalar integers')
  },
  example: `kernel example(%0 to: scratch f32[], %1 sums: lane u32[], %2 words: i32, %3 n: i32) {
  points() {team = true} {
    store_sums(%0, %1, %2, %3) {dtype = "f16", heads = 4}
  }
}`,
})
