/** `round`: rounded to the nearest whole number, halves to the even neighbour. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

function halfEven(x: number): number {
  const up = Math.round(x) // halves go up
  return up - x === 0.5 && up % 2 !== 0 ? up - 1 : up
}

export const round = defineElementwise({
  name: 'round',
  summary: 'Rounded to the nearest whole number, halves to the even neighbour.',
  operands: ['x'],
  family: 'whole',
  number: halfEven,
  exact: rational.roundHalfEven,
  zero: 'preserves',
})
