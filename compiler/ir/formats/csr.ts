/**
 * `csr`: compressed sparse rows, as every sparse library reads them: row starts, column of every kept entry, entries. The
 * row starts are there even when all rows keep the same number.
 */
import type { FormatOf } from '../types.ts'
import type { StorageFormat } from './format.ts'

export const csr: StorageFormat<FormatOf<'csr'>> = {
  kind: 'csr',
  fields: [],
  form: 'csr',
  constantRows: false,
  make: () => ({ kind: 'csr' }),
  structure: () => [{ name: 'indices', dtype: 'i32', length: { kind: 'kept' } }],
  demands: () => ({ kind: 'anything' }),
}
