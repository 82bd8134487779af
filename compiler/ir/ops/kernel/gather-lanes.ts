/** One element per lane, at any index. */
import { defineOp } from '../../op.ts'
import { elementType, isBuffer, isMachine, problem } from './signature.ts'

export const gatherLanes = defineOp({
  name: 'gather_lanes',
  summary: 'loads one decoded element per lane of an index vector',
  levels: ['kernel'],
  operands: ['buffer', 'indices'],
  attrs: {},
  traits: ['reads'],
  infer: ([buffer, indices]) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    if (!isMachine(indices) || indices.dtype !== 'i32') return problem('expects an i32 vector', 1)
    return [elementType(buffer, indices.lanes)]
  },
  example: `kernel example(%0 x: read f32[], %1 at: i32x4) {
  %2 = gather_lanes(%0, %1) : f32x4
}`,
})
