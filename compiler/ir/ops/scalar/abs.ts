/** `abs`: the magnitude. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const abs = defineElementwise({
  name: 'abs',
  summary: 'The magnitude.',
  operands: ['x'],
  family: 'arithmetic',
  number: (x) => Math.abs(x),
  exact: rational.abs,
  zero: 'preserves',
})
