/** `sub`: difference of two operands. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const sub = defineElementwise({
  name: 'sub',
  summary: 'Difference of two operands.',
  operands: ['x', 'y'],
  family: 'arithmetic',
  number: (x, y) => x - y,
  exact: rational.sub,
  zero: 'preserves',
})
