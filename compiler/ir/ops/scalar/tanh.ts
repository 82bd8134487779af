/** `tanh`: the hyperbolic tangent. */
import { defineElementwise } from './define-elementwise.ts'

export const tanh = defineElementwise({
  name: 'tanh',
  summary: 'The hyperbolic tangent.',
  operands: ['x'],
  family: 'real',
  number: (x) => Math.tanh(x),
  traits: ['costly'],
  zero: 'preserves',
})
