/** `exp`: e to the power x. */
import { defineElementwise } from './define-elementwise.ts'

export const exp = defineElementwise({
  name: 'exp',
  summary: 'e to the power x.',
  operands: ['x'],
  family: 'real',
  number: (x) => Math.exp(x),
  traits: ['costly'],
})
