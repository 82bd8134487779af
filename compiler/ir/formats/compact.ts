/**
 * `compact`: the entries of the rows behind one another, and where each row starts. Which position an entry came from is not
 * kept: a row of n entries holds positions 0 to n - 1 of its axis. A ragged tensor.
 */
import type { FormatOf } from '../types.ts'
import type { StorageFormat } from './format.ts'

export const compact: StorageFormat<FormatOf<'compact'>> = {
  kind: 'compact',
  fields: [],
  form: 'compact',
  constantRows: true,
  make: () => ({ kind: 'compact' }),
  structure: () => [],
  demands: () => ({ kind: 'first-of-row' }),
}
