/** Sums of products that are relative to something which has changed. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { isBuffer, isIndex, problem, sameMachine } from './signature.ts'

export const scaleSums = defineOp({
  name: 'scale_sums',
  summary: 'the sums of each head are multiplied by its scale, which lanes of the head have',
  levels: ['kernel'],
  operands: ['sums', 'words', 'scale'],
  attrs: {},
  traits: ['reads', 'writes', 'spread'],
  infer: ([sums, words, scale]) => {
    if (!isBuffer(sums) || sums.dtype !== 'u32') return problem('expects a u32 buffer', 0)
    if (!isIndex(words)) return problem('sizes are scalar integers')
    return sameMachine(scale, machine('f32')) ? [] : problem('scales are f32')
  },
  example: `kernel example(%0 sums: lane u32[], %1 words: i32, %2 scale: f32) {
  points() {team = true} {
    scale_sums(%0, %1, %2)
  }
}`,
})
