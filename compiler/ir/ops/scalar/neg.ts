/** `neg`: the negative. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const neg = defineElementwise({
  name: 'neg',
  summary: 'The negative.',
  operands: ['x'],
  family: 'signed',
  number: (x) => -x,
  exact: rational.neg,
  zero: 'preserves',
})
