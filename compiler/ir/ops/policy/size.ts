/** `size`: the extent of an axis, a host scalar. */
import { intValue } from '../../eval/tensor-value.ts'
import { attrString, defineOp } from '../../op.ts'
import { scalar } from '../../types.ts'

export const size = defineOp({
  name: 'size',
  summary: 'The extent of an axis.',
  levels: ['policy', 'sparse', 'kernel'],
  operands: [],
  attrs: { axis: 'axis' },
  traits: ['pure'],
  infer: () => [scalar('int')],
  eval: (_operands, node, context) => [intValue(context.extent(attrString(node.attrs, 'axis')))],
  example: `entry example(%0 x: f32[row] input) axes(row) {
  %1 = size() {axis = "row"} : int
  %2 = div(%0, %1) : f32[row]
  return out = %2
}`,
})
