/** `add`: sum of two operands. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const add = defineElementwise({
  name: 'add',
  summary: 'Sum of two operands.',
  operands: ['x', 'y'],
  family: 'arithmetic',
  number: (x, y) => x + y,
  exact: rational.add,
  traits: ['commutative', 'associative'],
  zero: 'preserves',
})
