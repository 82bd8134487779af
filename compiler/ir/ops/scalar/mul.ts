/** `mul`: product of two operands. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const mul = defineElementwise({
  name: 'mul',
  summary: 'Product of two operands.',
  operands: ['x', 'y'],
  family: 'arithmetic',
  number: (x, y) => x * y,
  run: (out, o, os, x, a, as, y, b, bs, n) => {
    for (let i = 0; i < n; i++) out[o + i * os] = (x[a + i * as] as number) * (y[b + i * bs] as number)
  },
  integer: Math.imul,
  exact: rational.mul,
  traits: ['commutative', 'associative'],
  zero: 'annihilates',
})
