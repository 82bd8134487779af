/** `index`: the position along an axis: 0, 1, 2, … */
import { tensorValue } from '../../eval/tensor-value.ts'
import { attrString, defineOp } from '../../op.ts'
import { tensor } from '../../types.ts'

export const index = defineOp({
  name: 'index',
  summary: 'The position along an axis, from 0.',
  levels: ['policy', 'sparse'],
  operands: [],
  attrs: { axis: 'axis' },
  traits: ['pure'],
  infer: (_types, attrs) => [tensor('i32', [attrString(attrs, 'axis')])],
  eval: (_operands, node, context) => {
    const axis = attrString(node.attrs, 'axis')
    const extent = context.extent(axis)
    return [
      tensorValue(
        'i32',
        [axis],
        [extent],
        Float64Array.from({ length: extent }, (_, at) => at),
      ),
    ]
  },
  example: `entry example(%0 x: f32[row] input) axes(row) {
  %1 = index() {axis = "row"} : i32[row]
  %2 = mul(%0, %1) : f32[row]
  return out = %2
}`,
})
