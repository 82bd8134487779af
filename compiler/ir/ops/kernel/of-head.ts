/** From what lanes know of their heads to what a team knows of one. */
import { defineOp } from '../../op.ts'
import { machine } from '../../types.ts'
import { problem, sameMachine } from './signature.ts'

export const ofHead = defineOp({
  name: 'of_head',
  summary: 'the number that lanes of a head have, as `weigh_scores` gives it; all lanes of the team get it',
  levels: ['kernel'],
  operands: ['x'],
  attrs: { head: 'number' },
  traits: ['control', 'spread'],
  infer: ([x]) => (sameMachine(x, machine('f32')) ? [machine('f32')] : problem('expects a f32', 0)),
  example: `kernel example(%0 x: f32) {
  points() {team = true} {
    %1 = of_head(%0) {head = 3} : f32
  }
}`,
})
