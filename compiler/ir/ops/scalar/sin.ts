/** `sin`: the sine of an angle in radians. */
import { defineElementwise } from './define-elementwise.ts'

export const sin = defineElementwise({
  name: 'sin',
  summary: 'The sine of an angle in radians.',
  operands: ['x'],
  family: 'real',
  number: (x) => Math.sin(x),
  traits: ['costly'],
  zero: 'preserves',
})
