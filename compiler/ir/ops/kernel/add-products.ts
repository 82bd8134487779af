/** Adds the weighted rows of a tile to sums, for several heads: the product of two matrices, one of which is packed. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const addProducts = defineOp({
  name: 'add_products',
  summary: 'adds to the sums of each head what fetched rows keep times weights, as `weigh_scores` packs them',
  levels: ['kernel'],
  operands: ['sums', 'rows', 'weights', 'words'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['reads', 'writes', 'spread'],
  infer: ([sums, rows, weights, words]) => {
    if (!isBuffer(sums) || sums.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isBuffer(rows) || rows.dtype !== 'u32') return problem('expects a u32 buffer', 1)
    if (!isBuffer(weights) || weights.dtype !== 'u32') return problem('expects a u32 buffer', 2)
    return isIndex(words) ? [] : problem('sizes are scalar integers')
  },
  example: `kernel example(%0 sums: lane u32[], %1 rows: scratch u32[], %2 weights: scratch u32[], %3 words: i32) {
  points() {team = true} {
    add_products(%0, %1, %2, %3) {dtype = "f16", heads = 4}
  }
}`,
})
