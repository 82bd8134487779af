/** One bit for each index of a range, as words: how masks are written. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const storeBits = defineOp({
  name: 'store_bits',
  summary:
    'bit i % 32 of word first + i / 32 is what the region gives for i, for every i in 0..hi; zeros follow up to a multiple of `width`',
  levels: ['kernel'],
  operands: ['words', 'first', 'hi'],
  attrs: { width: 'number' },
  traits: ['control', 'spread', 'writes'],
  infer: ([words, first, hi], _attrs, [body]) => {
    if (!isBuffer(words) || words.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isIndex(first) || !isIndex(hi)) return problem('first and hi are scalar integers')
    return body?.params.length === 1 && body.yields.length === 1 ? [] : problem('the region takes an index and yields a bit')
  },
  example: `kernel example(%0 bits: readwrite u32[], %1 x: read f32[], %2 n: i32, %3 zero: f32, %4 first: i32) {
  points() {team = true} {
    store_bits(%0, %4, %2) {width = 32} { (%6 i: i32)
      %7 = load(%1, %6) {lanes = 1} : f32
      %8 = gt(%7, %3) : bool
      yield %8
    }
  }
}`,
})
