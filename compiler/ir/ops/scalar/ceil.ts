/** `ceil`: rounded up to a whole number. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const ceil = defineElementwise({
  name: 'ceil',
  summary: 'Rounded up to a whole number.',
  operands: ['x'],
  family: 'whole',
  number: (x) => Math.ceil(x),
  exact: rational.ceil,
  zero: 'preserves',
})
