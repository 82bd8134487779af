/** `lt`: whether x is less than y; false when one is NaN. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const lt = defineElementwise({
  name: 'lt',
  summary: 'Whether x is less than y; false when one is NaN.',
  operands: ['x', 'y'],
  family: 'order',
  number: (x, y) => Number(x < y),
  exact: (x, y) => rational.compare(x, y) < 0,
})
