/** Orders the memory accesses of a team. All threads of the team reach it, or none. */
import { defineOp } from '../../op.ts'

export const barrier = defineOp({
  name: 'barrier',
  summary: 'what threads of the team stored before it is seen by all of them after it',
  levels: ['kernel'],
  operands: [],
  attrs: {},
  traits: ['control'],
  infer: () => [],
  example: `kernel example(%0 x: readwrite f32[], %1 n: i32, %2 value: f32) {
  points(%1) {team = true} { (%3 i: i32)
    once() {types = []} {
      store(%0, %3, %2)
    }
    barrier()
  }
}`,
})
