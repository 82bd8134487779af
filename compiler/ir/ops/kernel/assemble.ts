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
  example: `entry example(%0 x: f32[row] input, %3 length: int param) axes(row) {
  %1 = part(%0, %3) {dtype = "f32", part = "values"} : read f32[]
  %2 = assemble(_, %1) {names = ["values"], type = {"axes": ["row"], "dtype": "f32", "kind": "tensor"}} : f32[row]
  return out = %2
}`,
})
