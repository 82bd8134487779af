/** Host plan: names the buffers that together are one tensor. */
import { defineOp } from '../../op.ts'
import type { Type } from '../../types.ts'

export const assemble = defineOp({
  name: 'assemble',
  summary: 'a tensor made of buffers; `kept` is the number of kept elements per row of an exact packing',
  levels: ['kernel'],
  operands: ['kept?', 'parts*'],
  attrs: { names: 'json', type: 'json' },
  traits: [],
  infer: (_types, attrs) => [attrs.type as unknown as Type],
  example: '%1 = assemble(_, %0) {names = ["values"], type = {"kind": "tensor", "dtype": "f32", "axes": ["row"]}} : f32[row]',
})
