/** `sign`: -1, 0 or 1 by the sign; NaN of NaN. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const sign = defineElementwise({
  name: 'sign',
  summary: '-1, 0 or 1 by the sign; NaN of NaN.',
  operands: ['x'],
  family: 'arithmetic',
  number: (x) => Math.sign(x),
  exact: (x) => rational.rational(rational.sign(x)),
  zero: 'preserves',
})
