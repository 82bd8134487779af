/**
 * The points a kernel runs over on targets that run many threads: independent of each other, row-major, the last index
 * varies fastest. It is the last node of its kernel, and a kernel of such a target has one.
 */
import { machine } from '../../types.ts'
import { defineOp } from '../../op.ts'
import { isIndex, problem } from './signature.ts'

export const points = defineOp({
  name: 'points',
  summary: 'runs its region for every point of a grid, in any grouping: one thread for each, or a team of threads',
  levels: ['kernel'],
  operands: ['extents*'],
  attrs: { team: 'boolean' },
  traits: ['control'],
  infer: (types, _attrs, [body]) => {
    if (!types.every(isIndex)) return problem('extents are scalar integers')
    if (body === undefined || body.yields.length > 0) return problem('has a body that yields nothing')
    const isIndexParam = body.params.every(
      ({ type }) => type.kind === 'machine' && type.dtype === machine('i32').dtype && type.lanes === 1,
    )
    return body.params.length === types.length && isIndexParam ? [] : problem('the body takes an i32 index per extent')
  },
  example: `kernel example(%0 x: readwrite f32[], %1 n: i32, %2 value: f32) {
  points(%1) {team = false} { (%3 i: i32)
    store(%0, %3, %2)
  }
}`,
})
