/** What a fetched row keeps, one element after the other: sparse iteration, by one thread. */
import { defineOp } from '../../op.ts'
import { computeDType, machine, type DType } from '../../types.ts'
import { carriedTypes } from './for.ts'
import { isBuffer, isIndex, problem, sameMachine } from './signature.ts'

export const eachFetched = defineOp({
  name: 'each_fetched',
  summary: 'runs its region for every kept element of the fetched row that begins with word `word`: index, value, carried values',
  levels: ['kernel'],
  operands: ['scratch', 'word', 'hi', 'carried*'],
  attrs: { dtype: 'string' },
  traits: ['reads', 'control'],
  infer: ([scratch, word, hi, ...carried], attrs, [body]) => {
    if (!isBuffer(scratch) || scratch.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isIndex(word) || !isIndex(hi)) return problem('places are scalar integers')
    const [index, value] = body?.params ?? []
    if (!isIndex(index?.type) || !sameMachine(value?.type, machine(computeDType(attrs.dtype as DType))))
      return problem('the region takes the index of an element and its value')
    return carriedTypes(carried, 0, body, 2)
  },
  example: `kernel example(%0 rows: scratch u32[], %1 word: i32, %2 n: i32, %3 none: f32) {
  %4 = each_fetched(%0, %1, %2, %3) {dtype = "f16"} : f32 { (%5 i: i32, %6 x: f32, %7 sum: f32)
    %8 = add(%7, %6) : f32
    yield %8
  }
}`,
})
