/** What one thread of a team does for all of them. */
import { defineOp } from '../../op.ts'
import type { Type } from '../../types.ts'
import { problem } from './signature.ts'

/** Types are not visible from block yields alone, so they are stated in `types`, as for `if`. */
export const once = defineOp({
  name: 'once',
  summary: 'runs its region on one thread of a team; every thread gets the results',
  levels: ['kernel'],
  operands: [],
  attrs: { types: 'json' },
  traits: ['control'],
  infer: (_types, attrs, [body]) => {
    const results = attrs.types as unknown as readonly Type[]
    if (body === undefined || body.params.length > 0) return problem('needs one region without parameters')
    return body.yields.length === results.length ? results : problem('the region yields another number of values')
  },
  example: `kernel example(%0 x: readwrite f32[], %1 n: i32, %2 value: f32) {
  points(%1) {team = true} { (%3 i: i32)
    once() {types = []} {
      store(%0, %3, %2)
    }
  }
}`,
})
