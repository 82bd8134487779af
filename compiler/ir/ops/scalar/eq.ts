/** `eq`: whether the operands are equal; false when one is NaN. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const eq = defineElementwise({
  name: 'eq',
  summary: 'Whether the operands are equal; false when one is NaN.',
  operands: ['x', 'y'],
  family: 'equality',
  number: (x, y) => Number(x === y),
  exact: rational.equals,
  traits: ['commutative'],
})
