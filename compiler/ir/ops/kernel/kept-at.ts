/** One element of a row of a packed tensor that has a bit for each: what is kept lies behind `start` in the order of the bits. */
import { defineOp } from '../../op.ts'
import { elementType, isBuffer, isIndex, problem } from './signature.ts'

export const keptAt = defineOp({
  name: 'kept_at',
  summary:
    'element `index` of a bitmap row: with bit index % 32 of word first + index / 32, the element of `values` that is start plus the number of lower bits of the row; else 0',
  levels: ['kernel'],
  operands: ['words', 'first', 'values', 'start', 'index'],
  attrs: {},
  traits: ['reads'],
  infer: ([words, first, values, start, index]) => {
    if (!isBuffer(words) || words.dtype !== 'u32') return problem('expects a buffer of words', 0)
    if (!isBuffer(values)) return problem('expects a buffer', 2)
    if (![first, start, index].every(isIndex)) return problem('places are scalar integers')
    return [elementType(values, 1)]
  },
  example: `kernel example(%0 words: read u32[], %1 values: read f16[], %2 at: i32) {
  %3 = kept_at(%0, %2, %1, %2, %2) : f32
}`,
})
