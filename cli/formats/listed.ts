/** Formats that list positions, in files: inside the row, ascending. */
import type { FormatSpecOf } from '../../abi/manifest.ts'
import type { StoredFormat } from './stored-format.ts'

export const listed: StoredFormat<FormatSpecOf<'indices' | 'csr' | 'block'>> = {
  encode: (rows) => ({ indices: Int32Array.from(rows.flat()) }),

  problem({ parts, length, rows, kept, countOf }) {
    const indices = parts['indices']
    if (indices?.length !== kept) return 'it does not have an index for every entry'
    if (indices.some((index) => index < 0 || index >= length)) return 'an index lies outside its row'
    for (let row = 0, start = 0; row < rows && kept > 0; row++) {
      const end = start + countOf(row)
      for (let i = start + 1; i < end; i++) if (indices[i]! <= indices[i - 1]!) return `the indices of row ${row} do not rise`
      start = end
    }
    return null
  },
}
