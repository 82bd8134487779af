/**
 * `softmax`: exponentials that sum to 1 along some axes, over the elements for which `where` holds; absent elements are 0,
 * and so is every element of an empty domain or of one where everything is -inf. A composite, see `mean`.
 */
import { evalSoftmax } from '../../eval/statistics.ts'
import { attrAxes, defineOp } from '../../op.ts'
import { tensor } from '../../types.ts'
import { isTypeProblem } from '../type-rules.ts'
import { domainOf } from './domain.ts'
import { expandSoftmax } from './expand.ts'

export const softmax = defineOp({
  name: 'softmax',
  summary: 'Exponentials that sum to 1 along some axes; absent elements give 0.',
  levels: ['policy'],
  operands: ['x', 'where?'],
  attrs: { axes: 'axes' },
  traits: ['pure'],
  zero: 'unknown',
  mixes: (attrs) => attrAxes(attrs),
  infer: (types, attrs) => {
    const domain = domainOf(types, attrAxes(attrs))
    return isTypeProblem(domain) ? domain : [tensor('f32', domain.axes)]
  },
  eval: (operands, node) => [evalSoftmax(operands, node)],
  expand: expandSoftmax,
  example: `entry example(%0 x: f32[row, column] input, %1 m: bool[row, column] input) axes(row, column) {
  %2 = softmax(%0, %1) {axes = ["column"]} : f32[row, column]
  return out = %2
}`,
})
