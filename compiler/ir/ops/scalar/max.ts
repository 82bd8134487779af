/** `max`: the larger operand; NaN when one of them is NaN. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const max = defineElementwise({
  name: 'max',
  summary: 'The larger operand; NaN when one of them is NaN.',
  operands: ['x', 'y'],
  family: 'arithmetic',
  number: (x, y) => Math.max(x, y),
  exact: rational.max,
  traits: ['commutative', 'associative'],
  zero: 'preserves',
})
