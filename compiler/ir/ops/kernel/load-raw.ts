/** Loads without decoding: the bits of f16, bf16, u8, i8 and bool as u32. */
import { defineOp } from '../../op.ts'
import { isBuffer, isIndex, problem, rawType } from './signature.ts'

export const loadRaw = defineOp({
  name: 'load_raw',
  summary: 'element `index` of a buffer, bits as stored',
  levels: ['kernel'],
  operands: ['buffer', 'index'],
  attrs: { lanes: 'number' },
  traits: ['reads'],
  infer: ([buffer, index], attrs) => {
    if (!isBuffer(buffer)) return problem('expects a buffer', 0)
    if (!isIndex(index)) return problem('expects a scalar integer index', 1)
    return [rawType(buffer, attrs.lanes as number)]
  },
  example: `kernel example(%0 x: read f16[], %1 at: i32) {
  %2 = load_raw(%0, %1) {lanes = 1} : u32
}`,
})
