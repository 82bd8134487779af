/** What `add_products` does, for rows that are not there: their elements are asked for one by one. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isFunctionOf, isIndex, problem, sameMachine } from './signature.ts'

export const addElements = defineOp({
  name: 'add_elements',
  summary:
    'adds to the sums of each head the elements of `size` rows, which a region gives by row and index < hi, times weights that `weigh_scores` packed',
  levels: ['kernel'],
  operands: ['sums', 'weights', 'words', 'size', 'hi'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['reads', 'writes', 'control', 'spread'],
  infer: ([sums, weights, ...sizes], _attrs, [element]) => {
    if (!isBuffer(sums) || sums.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isBuffer(weights) || weights.dtype !== 'u32') return problem('expects a u32 buffer', 1)
    if (!sizes.every(isIndex)) return problem('sizes are scalar integers')
    if (!isFunctionOf(2, element)) return problem('the region takes a row and an index, and yields an element')
    return sameMachine(element.params[0]?.type, machine('i32')) ? [] : problem('rows are scalar integers')
  },
  example: `kernel example(%0 sums: lane u32[], %1 weights: scratch u32[], %2 words: i32, %3 n: i32, %4 x: f32) {
  points() {team = true} {
    add_elements(%0, %1, %2, %3, %3) {dtype = "f16", heads = 4} { (%5 row: i32, %6 index: i32)
      yield %4
    }
  }
}`,
})
