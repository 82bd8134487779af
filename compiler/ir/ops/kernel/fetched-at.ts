/** One element of a row that was fetched: what `kept_at` is to a row in memory. */
import { defineOp } from '../../op.ts'
import { computeDType, machine, type DType } from '../../types.ts'
import { isBuffer, isIndex, problem } from './signature.ts'

export const fetchedAt = defineOp({
  name: 'fetched_at',
  summary: 'element `index` of the row whose words begin with the `word`th fetched one; values are stored as `dtype`',
  levels: ['kernel'],
  operands: ['scratch', 'word', 'index'],
  attrs: { dtype: 'string' },
  traits: ['reads'],
  infer: ([scratch, word, index], attrs) => {
    if (!isBuffer(scratch) || scratch.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isIndex(word) || !isIndex(index)) return problem('places are scalar integers')
    return [machine(computeDType(attrs.dtype as DType))]
  },
  example: `kernel example(%0 rows: scratch u32[], %1 word: i32, %2 i: i32) {
  %3 = fetched_at(%0, %1, %2) {dtype = "f16"} : f32
}`,
})
