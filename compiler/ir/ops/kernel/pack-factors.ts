/** What rows are multiplied by, made ready for the products of tiles: once for all tiles of a part. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isFunctionOf, isIndex, problem } from './signature.ts'

export const packFactors = defineOp({
  name: 'pack_factors',
  summary:
    'makes factors, which a region gives by index < hi and head, ready for `row_products`; gives whether they are finite and nearly exact there',
  levels: ['kernel'],
  operands: ['to', 'words', 'hi'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['reads', 'writes', 'control', 'spread'],
  infer: ([to, words, hi], _attrs, [factor]) => {
    if (!isBuffer(to) || to.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isFunctionOf(2, factor)) return problem('the region takes an index and a head, and yields a factor')
    return isIndex(words) && isIndex(hi) ? [machine('bool')] : problem('sizes are scalar integers')
  },
  example: `kernel example(%0 to: scratch u32[], %1 words: i32, %2 n: i32, %3 x: f32) {
  points() {team = true} {
    %4 = pack_factors(%0, %1, %2) {dtype = "f16", heads = 4} : bool { (%5 index: i32, %6 head: i32)
      yield %3
    }
  }
}`,
})
