/** Loads decode to the compute dtype: f16 and bf16 to f32, u8 to u32, i8 to i32, bool to bool. */
import { defineOp } from '../../op.ts'
import { elementType, isBuffer, isIndex, problem } from './signature.ts'

export const load = defineOp({
  name: 'load',
  summary: 'element `index` of a buffer, decoded; with lanes, that many consecutive ones',
  levels: ['kernel'],
  operands: ['buffer', 'index'],
  attrs: { lanes: 'number' },
  traits: ['reads'],
  infer: ([buffer, index], attrs) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    if (!isIndex(index)) return problem('expects a scalar integer index', 1)
    return [elementType(buffer, attrs.lanes as number)]
  },
  example: `kernel example(%0 x: read f16[], %1 at: i32) {
  %2 = load(%0, %1) {lanes = 4} : f32x4
}`,
})
