/** Counting along a range: how many iterations before each one hold. What a prefix sum is to one bit for each thread. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isIndex, problem, sameMachine } from './signature.ts'

export const tally = defineOp({
  name: 'tally',
  summary: 'for every index in lo..hi: whether it holds (region 1), then effects that know how many before it do (region 2)',
  levels: ['kernel'],
  operands: ['lo', 'hi'],
  attrs: {},
  traits: ['control', 'spread'],
  infer: (types, _attrs, [test, visit]) => {
    if (!isIndex(types[0]) || !isIndex(types[1])) return problem('bounds are scalar integers')
    if (test === undefined || test.params.length !== 1 || test.yields.length !== 1)
      return problem('the first region takes an index and yields whether it holds')
    const [index, holds, before, ...more] = visit?.params ?? []
    if (index === undefined || !sameMachine(holds?.type, machine('bool')) || !isIndex(before?.type) || more.length > 0)
      return problem('the second region takes an index, whether it holds, and how many before it do')
    return visit?.yields.length === 0 ? [machine('i32')] : problem('the second region yields nothing')
  },
  example: `kernel example(%0 y: readwrite i32[], %1 x: read f32[], %2 n: i32, %3 zero: f32, %4 nothing: i32) {
  points() {team = true} {
    %5 = tally(%4, %2) : i32 { (%6 i: i32)
      %7 = load(%1, %6) {lanes = 1} : f32
      %8 = gt(%7, %3) : bool
      yield %8
    } { (%9 i: i32, %10 holds: bool, %11 before: i32)
      store(%0, %9, %11)
    }
  }
}`,
})
