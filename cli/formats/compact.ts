/** `compact` in files: no row is longer than its axis. */
import type { FormatSpecOf } from '../../abi/manifest.ts'
import type { StoredFormat } from './stored-format.ts'

export const compact: StoredFormat<FormatSpecOf<'compact'>> = {
  encode: () => ({}),

  problem({ length, rows, kept, countOf }) {
    for (let row = 0; row < rows && kept > 0; row++)
      if (countOf(row) > length) return `row ${row} stores ${countOf(row)} entries of at most ${length}`
    return null
  },
}
