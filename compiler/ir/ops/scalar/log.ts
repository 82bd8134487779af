/** `log`: the natural logarithm; -inf of 0, NaN of negative numbers. */
import { defineElementwise } from './define-elementwise.ts'

export const log = defineElementwise({
  name: 'log',
  summary: 'The natural logarithm; -inf of 0, NaN of negative numbers.',
  operands: ['x'],
  family: 'real',
  number: (x) => Math.log(x),
  traits: ['costly'],
})
