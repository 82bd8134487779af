/** Sums over the channels of all rows of a tile, for several heads: the product of two matrices, one of which is packed. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const rowProducts = defineOp({
  name: 'row_products',
  summary: 'element row * heads + head of `to` becomes the sum of what a fetched row keeps times the packed factors of a head',
  levels: ['kernel'],
  operands: ['to', 'rows', 'factors', 'words'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['writes', 'spread'],
  infer: ([to, rows, factors, words]) => {
    if (!isBuffer(to) || to.dtype !== 'f32') return problem('expects a f32 buffer', 0)
    if (!isBuffer(rows) || rows.dtype !== 'u32') return problem('expects a u32 buffer', 1)
    if (!isBuffer(factors) || factors.dtype !== 'u32') return problem('expects a u32 buffer', 2)
    return isIndex(words) ? [] : problem('sizes are scalar integers')
  },
  example: `kernel example(%0 to: scratch f32[], %1 rows: scratch u32[], %2 factors: scratch u32[], %3 words: i32) {
  points() {team = true} {
    row_products(%0, %1, %2, %3) {dtype = "f16", heads = 4}
  }
}`,
})
