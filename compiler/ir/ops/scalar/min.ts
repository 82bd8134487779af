/** `min`: the smaller operand; NaN when one of them is NaN. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const min = defineElementwise({
  name: 'min',
  summary: 'The smaller operand; NaN when one of them is NaN.',
  operands: ['x', 'y'],
  family: 'arithmetic',
  number: (x, y) => Math.min(x, y),
  exact: rational.min,
  traits: ['commutative', 'associative'],
  zero: 'preserves',
})
