/** `floor`: rounded down to a whole number. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const floor = defineElementwise({
  name: 'floor',
  summary: 'Rounded down to a whole number.',
  operands: ['x'],
  family: 'whole',
  number: (x) => Math.floor(x),
  exact: rational.floor,
  zero: 'preserves',
})
