/** `position`: a mask by position alone: the first n, the last n, or every n-th (0, n, 2n, …) of an axis. */
import { evalPosition } from '../../eval/windows.ts'
import { attrString, defineOp } from '../../op.ts'
import { tensor } from '../../types.ts'
import { describe, isInt, problem } from '../type-rules.ts'

export const position = defineOp({
  name: 'position',
  summary: 'A mask by position alone: the first n, the last n or every n-th of an axis.',
  levels: ['policy', 'sparse'],
  operands: ['n'],
  attrs: { which: ['first', 'last', 'every'], axis: 'axis' },
  traits: ['pure'],
  infer: (types, attrs) =>
    isInt(types[0])
      ? [tensor('bool', [attrString(attrs, 'axis')])]
      : problem(`how many is a whole number known to the host, and this is ${describe(types[0])}`, 0),
  eval: (operands, node, context) => [evalPosition(operands, node, context)],
  example: `entry example(%0 x: f32[token] input, %1 n: int param) axes(token) {
  %2 = position(%1) {axis = "token", which = "last"} : bool[token]
  %3 = mask(%0, %2) : f32[token]
  return out = %3
}`,
})
