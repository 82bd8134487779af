/** `bitmap(w)`: one bit per position of a row, in words of w bits, and the kept entries in the order of the row. */
import type { FormatOf } from '../types.ts'
import type { StorageFormat } from './format.ts'

export const bitmap: StorageFormat<FormatOf<'bitmap'>> = {
  kind: 'bitmap',
  fields: ['width'],
  form: 'bitmap(32) or bitmap(64)',
  constantRows: true,
  make: ([width]) => (width === 32 || width === 64 ? { kind: 'bitmap', width } : null),
  structure: ({ width }) => [{ name: 'words', dtype: 'u32', length: { kind: 'row-words', bits: width } }],
  demands: () => ({ kind: 'anything' }),
}
