/** A loop that runs while its first region yields true. */
import { defineOp } from '../../op.ts'
import type { Type } from '../../types.ts'
import { problem } from './signature.ts'

export const whileLoop = defineOp({
  name: 'while',
  summary: 'region 0 maps the carried values to a condition and values, region 1 maps those to the next carried values',
  levels: ['kernel'],
  operands: ['carried*'],
  attrs: {},
  traits: ['control'],
  infer: (types, _attrs, [condition, body]) => {
    if (condition === undefined || body === undefined) return problem('needs two regions')
    if (condition.yields.length !== types.length + 1 || body.yields.length !== types.length)
      return problem('regions carry another number of values')
    return types as Type[]
  },
  example: `kernel example(%0 x: i32, %1 limit: i32) {
  %2 = while(%0) : i32 { (%3 x: i32)
    %4 = lt(%3, %1) : bool
    yield %4, %3
  } { (%5 x: i32)
    %6 = add(%5, %1) : i32
    yield %6
  }
}`,
})
