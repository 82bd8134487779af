/**
 * Consecutive elements that fill whole 32-bit words: where elements are narrower than a word, a thread that stores them one by
 * one would have to mind its neighbours in the word.
 */
import { defineOp } from '../../op.ts'
import { elementType, isBuffer, isIndex, problem, rawType, sameMachine } from './signature.ts'

export const storeGroup = defineOp({
  name: 'store_group',
  summary: 'stores 2 or 4 consecutive elements of 1 or 2 bytes from `index` on, a multiple of their number; `raw`: as they are',
  levels: ['kernel'],
  operands: ['buffer', 'index', 'values*'],
  attrs: { raw: 'boolean' },
  traits: ['writes'],
  infer: ([buffer, index, ...values], attrs) => {
    if (!isBuffer(buffer) || groupSize(buffer.dtype) === 0) return problem('expects a buffer of elements of 1 or 2 bytes', 0)
    if (!isIndex(index)) return problem('expects a scalar integer index', 1)
    const type = attrs.raw === true ? rawType(buffer, 1) : elementType(buffer, 1)
    const isWhole = values.length > 0 && values.length % groupSize(buffer.dtype) === 0
    return isWhole && values.every((value) => sameMachine(value, type)) ? [] : problem('expects elements that fill whole words')
  },
  example: `kernel example(%0 y: readwrite f16[], %1 at: i32, %2 first: f32, %3 second: f32) {
  store_group(%0, %1, %2, %3) {raw = false}
}`,
})

/** Elements of a word; 0 for dtypes of 4 bytes. */
function groupSize(dtype: string): number {
  if (dtype === 'f16' || dtype === 'bf16') return 2
  return dtype === 'bool' || dtype === 'u8' || dtype === 'i8' ? 4 : 0
}
