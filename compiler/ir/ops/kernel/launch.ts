/**
 * Host plan: runs a kernel. Launches run in order. `as` says for each operand what it is to the kernel: a scalar of a machine
 * dtype, or a buffer (`buffer`; of a grid also how it is used: `read`, `readwrite`, `scratch`). Behind the arguments of a grid come
 * the number of its points (`points`) and the longest loop of its teams (`width`).
 */
import { defineOp } from '../../op.ts'

export const launch = defineOp({
  name: 'launch',
  summary: 'runs a kernel of the module; `as` says what each operand is to it; `team`: a grid of teams, not of threads',
  levels: ['kernel'],
  operands: ['args*'],
  attrs: { kernel: 'string', as: 'json', 'team?': 'boolean' },
  traits: ['writes'],
  infer: () => [],
  example: `entry example(%0 x: f32[row] input, %1 n: int param) axes(row) {
  %2 = part(%0, %1) {dtype = "f32", part = "values"} : read f32[]
  launch(%2, %1) {as = ["buffer", "i32"], kernel = "k"}
}`,
})
