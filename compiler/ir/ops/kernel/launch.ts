/** Host plan: runs a kernel. Launches run in order. */
import { defineOp } from '../../op.ts'

export const launch = defineOp({
  name: 'launch',
  summary: 'runs a kernel of the module; `as` gives the machine dtype of each scalar argument, `buffer` for buffers',
  levels: ['kernel'],
  operands: ['args*'],
  attrs: { kernel: 'string', as: 'json' },
  traits: ['writes'],
  infer: () => [],
  example: `entry example(%0 x: f32[row] input, %1 n: int param) axes(row) {
  %2 = part(%0, %1) {dtype = "f32", part = "values"} : read f32[]
  launch(%2, %1) {as = ["buffer", "i32"], kernel = "k"}
}`,
})
