/** What rows are multiplied by, made ready for the products of tiles: once for all tiles of a part. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const packFactors = defineOp({
  name: 'pack_factors',
  summary:
    'makes factors, element index * heads + head for index < hi, ready for `row_products`; gives whether they are finite and nearly exact there',
  levels: ['kernel'],
  operands: ['to', 'factors', 'words', 'hi'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['writes', 'spread'],
  infer: ([to, factors, words, hi]) => {
    if (!isBuffer(to) || to.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isBuffer(factors) || factors.dtype !== 'f32') return problem('expects a f32 buffer', 1)
    return isIndex(words) && isIndex(hi) ? [machine('bool')] : problem('sizes are scalar integers')
  },
  example: `kernel example(%0 to: scratch u32[], %1 factors: scratch f32[], %2 words: i32, %3 n: i32) {
  points() {team = true} {
    %4 = pack_factors(%0, %1, %2, %3) {dtype = "f16", heads = 4} : bool
  }
}`,
})
