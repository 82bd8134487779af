/** `shl`: bits shifted left by y modulo 32. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const shl = defineElementwise({
  name: 'shl',
  summary: 'Bits shifted left by y modulo 32.',
  operands: ['x', 'y'],
  family: 'shift',
  number: (x, y) => x << y,
  exact: (x, y) => rational.rational(x.n << (y.n & 31n)),
})
