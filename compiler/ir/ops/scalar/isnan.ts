/** `isnan`: whether the operand is NaN. */
import { defineElementwise } from './define-elementwise.ts'

export const isnan = defineElementwise({
  name: 'isnan',
  summary: 'Whether the operand is NaN.',
  operands: ['x'],
  family: 'test',
  number: (x) => Number(Number.isNaN(x)),
})
