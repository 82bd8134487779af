/** `mul`: product of two operands. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const mul = defineElementwise({
  name: 'mul',
  summary: 'Product of two operands.',
  operands: ['x', 'y'],
  family: 'arithmetic',
  number: (x, y) => x * y,
  integer: Math.imul,
  exact: rational.mul,
  traits: ['commutative', 'associative'],
  zero: 'annihilates',
})
