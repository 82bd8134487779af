/** `gt`: whether x is greater than y; false when one is NaN. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const gt = defineElementwise({
  name: 'gt',
  summary: 'Whether x is greater than y; false when one is NaN.',
  operands: ['x', 'y'],
  family: 'order',
  number: (x, y) => Number(x > y),
  exact: (x, y) => rational.compare(x, y) > 0,
})
