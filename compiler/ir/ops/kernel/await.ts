/** The end of a `fetch`. */
import { defineOp } from '../../op.ts'
import { isBuffer, problem } from './signature.ts'

export const awaitRows = defineOp({
  name: 'await',
  summary: 'waits for the last `fetch` to this scratch',
  levels: ['kernel'],
  operands: ['scratch'],
  attrs: {},
  traits: ['reads', 'writes', 'spread'],
  infer: ([scratch]) => (isBuffer(scratch) && scratch.dtype === 'u32' ? [] : problem('expects a u32 buffer', 0)),
  example: `kernel example(%0 rows: scratch u32[], %1 words: read u32[], %2 values: read f16[], %3 none: i32, %4 n: i32) {
  points() {team = true} {
    %5 = fetch(%0, %1, %3, %4, %2, %3, %4, %4) : bool
    await(%0)
  }
}`,
})
