/** The softmax of a tile, head by head: its scores become weights for products, and what is known of all scores so far goes on. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isFunctionOf, isIndex, problem, sameMachine } from './signature.ts'

const F32 = machine('f32')

export const weighScores = defineOp({
  name: 'weigh_scores',
  summary:
    'packs the weights of `size` rows, whose scores a region gives by row and head; what it is given and gives is, in each lane, of its head: the largest score, the total, what sums are scaled by; and whether any are',
  levels: ['kernel'],
  operands: ['weights', 'size', 'peak', 'total'],
  attrs: { dtype: 'string', heads: 'number' },
  traits: ['reads', 'writes', 'control', 'spread'],
  infer: ([weights, size, ...known], _attrs, [score]) => {
    if (!isBuffer(weights) || weights.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isIndex(size)) return problem('sizes are scalar integers')
    if (!known.every((one) => sameMachine(one, F32))) return problem('largest scores and totals are f32')
    if (!isFunctionOf(2, score)) return problem('the region takes a row and a head, and yields a score')
    return [F32, F32, F32, machine('bool')]
  },
  example: `kernel example(%0 weights: scratch u32[], %1 n: i32, %2 peak: f32, %3 total: f32) {
  points() {team = true} {
    %4, %5, %6, %7 = weigh_scores(%0, %1, %2, %3) {dtype = "f16", heads = 4} : f32, f32, f32, bool { (%8 row: i32, %9 head: i32)
      yield %2
    }
  }
}`,
})
