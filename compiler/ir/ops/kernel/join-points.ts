/** What threads that share the work of a point each found of it, as one. All threads of a kernel reach it, or none. */
import { defineOp } from '../../op.ts'
import { isMachine, problem } from './signature.ts'

export const joinPoints = defineOp({
  name: 'join_points',
  summary: 'combines a value of the points that differ in their first index alone; all of them get the result',
  levels: ['kernel'],
  operands: ['x'],
  attrs: { combine: ['sum', 'max', 'min'] },
  traits: ['control'],
  infer: ([x]) => (isMachine(x) && x.lanes === 1 ? [x] : problem('expects a number', 0)),
  example: `kernel example(%0 x: readwrite f32[], %1 n: i32, %2 value: f32) {
  %3 = constant() {dtype = "i32", lanes = 1, value = 8} : i32
  points(%3, %1) {team = false} { (%4 part: i32, %5 i: i32)
    %6 = join_points(%2) {combine = "sum"} : f32
    store(%0, %5, %6)
  }
}`,
})
