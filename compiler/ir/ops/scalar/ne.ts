/** `ne`: whether the operands differ; true when one is NaN. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const ne = defineElementwise({
  name: 'ne',
  summary: 'Whether the operands differ; true when one is NaN.',
  operands: ['x', 'y'],
  family: 'equality',
  number: (x, y) => Number(x !== y),
  exact: (x, y) => !rational.equals(x, y),
  traits: ['commutative'],
})
