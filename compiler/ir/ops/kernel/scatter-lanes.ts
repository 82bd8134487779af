/** Stores one element per lane, lane 0 first, at any index. */
import { defineOp } from '../../op.ts'
import { elementType, isBuffer, isMachine, problem, sameMachine } from './signature.ts'

export const scatterLanes = defineOp({
  name: 'scatter_lanes',
  summary: 'stores one element per lane of an index vector, lane 0 first',
  levels: ['kernel'],
  operands: ['buffer', 'indices', 'values'],
  attrs: {},
  traits: ['writes'],
  infer: ([buffer, indices, values]) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    if (!isMachine(indices) || indices.dtype !== 'i32') return problem('expects an i32 vector', 1)
    if (!sameMachine(values, elementType(buffer, indices.lanes))) return problem('values do not fit the buffer', 2)
    return []
  },
  example: `kernel example(%0 y: write f32[], %1 at: i32x4, %2 values: f32x4) {
  scatter_lanes(%0, %1, %2)
}`,
})
