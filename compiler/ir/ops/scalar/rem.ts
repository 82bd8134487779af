/** `rem`: remainder of the division truncated towards zero, with the sign of x; integers modulo zero give 0. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const rem = defineElementwise({
  name: 'rem',
  summary: 'Remainder of the division truncated towards zero, with the sign of x; integers modulo zero give 0.',
  operands: ['x', 'y'],
  family: 'arithmetic',
  number: (x, y) => x % y,
  exact: (x, y) => rational.sub(x, rational.mul(y, rational.trunc(rational.div(x, y)))),
  traits: ['costly'],
})
