/** `div`: quotient; of whole numbers a ratio (host) or f32 (tensors); machine integers truncate. */
import * as rational from '../../../../abi/rational.ts'
import { defineElementwise } from './define-elementwise.ts'

export const div = defineElementwise({
  name: 'div',
  summary: 'Quotient; of whole numbers a ratio (host) or f32 (tensors); machine integers truncate.',
  operands: ['x', 'y'],
  family: 'quotient',
  number: (x, y) => x / y,
  exact: rational.div,
  traits: ['costly'],
})
