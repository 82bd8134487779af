/** What a selection from keys in a row has come to. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isIndex, isKeys, problem } from './signature.ts'

export const isBest = defineOp({
  name: 'is_best',
  summary: 'whether the key at an index of a row is one of those that `keep_best` settled on',
  levels: ['kernel'],
  operands: ['keys', 'index'],
  attrs: {},
  traits: ['reads'],
  infer: ([keys, index]) => {
    if (!isKeys(keys)) return problem('expects a buffer of i32 or of 16-bit floats', 0)
    return isIndex(index) ? [machine('bool')] : problem('expects a scalar integer', 1)
  },
  example: `kernel example(%0 keys: scratch i32[], %1 y: readwrite bool[], %2 zero: i32, %3 n: i32, %4 k: i32) {
  points() {team = true} {
    keep_best(%0, %3, %4) {ties = "all"}
    lanes(%2, %3) {combine = []} { (%5 i: i32)
      %6 = is_best(%0, %5) : bool
      store(%1, %5, %6)
    }
  }
}`,
})
