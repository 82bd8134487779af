/** `pow`: x to the power y; exact on the host for whole y, f32 on tensors. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const pow = defineElementwise({
  name: 'pow',
  summary: 'x to the power y; exact on the host for whole y, f32 on tensors.',
  operands: ['x', 'y'],
  family: 'power',
  number: (x, y) => x ** y,
  exact: rational.pow,
  traits: ['costly'],
})
