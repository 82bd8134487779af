/** `trunc`: rounded towards zero to a whole number. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const trunc = defineElementwise({
  name: 'trunc',
  summary: 'Rounded towards zero to a whole number.',
  operands: ['x'],
  family: 'whole',
  number: (x) => Math.trunc(x),
  exact: rational.trunc,
  zero: 'preserves',
})
