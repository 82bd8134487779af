/** `shr`: bits shifted right by y modulo 32: with the sign for i32, with zeros for u32. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const shr = defineElementwise({
  name: 'shr',
  summary: 'Bits shifted right by y modulo 32: with the sign for i32, with zeros for u32.',
  operands: ['x', 'y'],
  family: 'shift',
  // Exact for both signednesses: i32 elements are negative doubles, u32 elements are not.
  number: (x, y) => Math.floor(x / 2 ** (y & 31)),
  exact: (x, y) => rational.rational(x.n >> (y.n & 31n)),
})
