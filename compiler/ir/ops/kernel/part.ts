/** Host plan: one buffer of a tensor given by the caller or kept as state. */
import { defineOp } from '../../op.ts'
import type { DType } from '../../types.ts'
import { problem } from './signature.ts'

export const part = defineOp({
  name: 'part',
  summary:
    'a buffer of a tensor: `values`, and for packed ones `words`, `meta`, `indices`, `offsets`; `length` is its number of elements',
  levels: ['kernel'],
  operands: ['tensor', 'length'],
  attrs: { part: 'string', dtype: 'string' },
  traits: ['pure'],
  infer: ([tensor, _length], attrs) =>
    tensor?.kind === 'tensor'
      ? [{ kind: 'buffer', dtype: attrs.dtype as DType, access: 'read' }]
      : problem('expects a tensor', 0),
  example: `entry example(%0 x: f32[row] input, %2 length: int param) axes(row) {
  %1 = part(%0, %2) {dtype = "f32", part = "values"} : read f32[]
}`,
})
