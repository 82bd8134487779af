/** `cos`: the cosine of an angle in radians. */
import { defineElementwise } from './define-elementwise.ts'

export const cos = defineElementwise({
  name: 'cos',
  summary: 'The cosine of an angle in radians.',
  operands: ['x'],
  family: 'real',
  number: (x) => Math.cos(x),
  traits: ['costly'],
})
