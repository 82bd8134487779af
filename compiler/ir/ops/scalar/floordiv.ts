/** `floordiv`: quotient rounded down to a whole number; integer tensors divided by zero give 0. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const floordiv = defineElementwise({
  name: 'floordiv',
  summary: 'Quotient rounded down to a whole number; integer tensors divided by zero give 0.',
  operands: ['x', 'y'],
  family: 'whole',
  number: (x, y) => Math.floor(x / y),
  exact: (x, y) => rational.floor(rational.div(x, y)),
  traits: ['costly'],
})
