/** `not`: the mask does not hold; bitwise complement of integers. */
import { defineElementwise } from './define-elementwise.ts'

export const not = defineElementwise({
  name: 'not',
  summary: 'The mask does not hold; bitwise complement of integers.',
  operands: ['x'],
  family: 'logic',
  number: (x) => Number(x === 0),
  integer: (x) => ~x,
})
