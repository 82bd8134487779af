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
  example: 'launch(%0, %1) {kernel = "k", as = ["buffer", "i32"]}',
})
