/** `indices`: the position in its row of every kept entry, ascending. */
import type { FormatOf } from '../types.ts'
import type { StorageFormat } from './format.ts'

export const indices: StorageFormat<FormatOf<'indices'>> = {
  kind: 'indices',
  fields: [],
  form: 'indices',
  constantRows: true,
  make: () => ({ kind: 'indices' }),
  structure: () => [{ name: 'indices', dtype: 'i32', length: { kind: 'kept' } }],
  demands: () => ({ kind: 'anything' }),
}
