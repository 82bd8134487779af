/** Host plan: memory for a result or for a value between launches. */
import { defineOp } from '../../op.ts'
import type { DType } from '../../types.ts'
import { problem } from './signature.ts'

export const bufferOp = defineOp({
  name: 'buffer',
  summary:
    'memory of `length` elements, allocated by the host before the first launch; scratch: as many for each worker of a launch',
  levels: ['kernel'],
  operands: ['length'],
  attrs: { role: ['output', 'state', 'temp', 'count', 'scratch'], dtype: 'string' },
  traits: [],
  infer: ([length], attrs) =>
    length?.kind === 'scalar' && length.scalar === 'int'
      ? [{ kind: 'buffer', dtype: attrs.dtype as DType, access: attrs.role === 'scratch' ? 'scratch' : 'readwrite' }]
      : problem('expects an int scalar', 0),
  example: `entry example(%0 n: int param) axes(row) {
  %1 = buffer(%0) {dtype = "f32", role = "temp"} : readwrite f32[]
}`,
})
