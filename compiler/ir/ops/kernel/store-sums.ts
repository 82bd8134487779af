/** The end of sums of products: numbers in memory, where those of a head lie one behind the other. */
import { defineOp } from '../../op.ts'
import { isBuffer, isFunctionOf, isIndex, problem } from './signature.ts'

export const storeSums = defineOp({
  name: 'store_sums',
  summary: 'stores sums of products of each head, for index < hi, from a place on that a region gives by head',
  levels: ['kernel'],
  operands: ['to', 'sums', 'words', 'hi'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['reads', 'writes', 'control', 'spread'],
  infer: ([to, sums, ...sizes], _attrs, [place]) => {
    if (!isBuffer(to) || to.dtype !== 'f32') return problem('expects a f32 buffer', 0)
    if (!isBuffer(sums) || sums.dtype !== 'u32') return problem('expects a u32 buffer', 1)
    if (!isFunctionOf(1, place)) return problem('the region takes a head and yields a place')
    return sizes.every(isIndex) ? [] : problem('sizes are scalar integers')
  },
  example: `kernel example(%0 to: readwrite f32[], %1 sums: lane u32[], %2 words: i32, %3 n: i32) {
  points() {team = true} {
    store_sums(%0, %1, %2, %3) {dtype = "f16", heads = 4} { (%4 head: i32)
      %5 = mul(%4, %3) : i32
      yield %5
    }
  }
}`,
})
