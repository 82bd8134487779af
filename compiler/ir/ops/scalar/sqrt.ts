/** `sqrt`: the square root; NaN of negative numbers. */
import { defineElementwise } from './define-elementwise.ts'

export const sqrt = defineElementwise({
  name: 'sqrt',
  summary: 'The square root; NaN of negative numbers.',
  operands: ['x'],
  family: 'real',
  number: (x) => Math.sqrt(x),
  traits: ['costly'],
  zero: 'preserves',
})
