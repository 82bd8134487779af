/**
 * A loop whose iterations may run side by side. It is the target-neutral form of vector lanes and of the threads of a
 * warp or workgroup; `vectorize` replaces it on targets with SIMD registers.
 */
import { defineOp } from '../../op.ts'
import { carriedTypes } from './for.ts'
import { isIndex, problem } from './signature.ts'

export const lanes = defineOp({
  name: 'lanes',
  summary: 'runs its region for every index in lo..hi, in any grouping; carried values are combined by `combine`',
  levels: ['kernel'],
  operands: ['lo', 'hi', 'carried*'],
  attrs: { combine: 'json' },
  traits: ['control', 'spread'],
  infer: (types, _attrs, regions) => {
    if (!isIndex(types[0]) || !isIndex(types[1])) return problem('bounds are scalar integers')
    return carriedTypes(types, 2, regions[0], 1)
  },
  example: `kernel example(%0 x: read f32[], %1 n: i32, %2 start: f32) {
  %3 = lanes(%1, %1, %2) {combine = ["sum"]} : f32 { (%4 i: i32, %5 sum: f32)
    %6 = load(%0, %4) {lanes = 1} : f32
    %7 = add(%5, %6) : f32
    yield %7
  }
}`,
})
