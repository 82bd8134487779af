/** What lanes know of their heads, in memory. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isFunctionOf, problem, sameMachine } from './signature.ts'

export const storeHeads = defineOp({
  name: 'store_heads',
  summary: 'stores the number that lanes of a head have, as `weigh_scores` gives it, at a place that a region gives by head',
  levels: ['kernel'],
  operands: ['to', 'x'],
  attrs: { heads: 'number' },
  traits: ['reads', 'writes', 'control', 'spread'],
  infer: ([to, x], _attrs, [place]) => {
    if (!isBuffer(to) || to.dtype !== 'f32') return problem('expects a f32 buffer', 0)
    if (!isFunctionOf(1, place)) return problem('the region takes a head and yields a place')
    return sameMachine(x, machine('f32')) ? [] : problem('expects a f32', 1)
  },
  example: `kernel example(%0 to: readwrite f32[], %1 x: f32) {
  points() {team = true} {
    store_heads(%0, %1) {heads = 4} { (%2 head: i32)
      yield %2
    }
  }
}`,
})
