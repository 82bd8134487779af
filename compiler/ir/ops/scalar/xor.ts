/** `xor`: exactly one mask holds; bitwise on integers. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const xor = defineElementwise({
  name: 'xor',
  summary: 'Exactly one mask holds; bitwise on integers.',
  operands: ['x', 'y'],
  family: 'logic',
  number: (x, y) => Number((x !== 0) !== (y !== 0)),
  integer: (x, y) => x ^ y,
  exact: (x, y) => rational.rational(x.n ^ y.n),
  traits: ['commutative', 'associative'],
  zero: 'preserves',
})
