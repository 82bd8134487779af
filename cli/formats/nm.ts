/** `nm(n, m)` in files: in every group of m positions, n of them and no position twice. */
import { fieldWords, nm as hostNm, positionBits } from '../../abi/formats/nm.ts'
import type { FormatSpecOf } from '../../abi/manifest.ts'
import type { StoredFormat } from './stored-format.ts'

export const nm: StoredFormat<FormatSpecOf<'nm'>> = {
  encode(rows, { m }) {
    const bits = positionBits(m)
    const perRow = fieldWords(rows[0]?.length ?? 0, m)
    const words = new Uint32Array(rows.length * perRow)
    rows.forEach((row, i) => {
      row.forEach((position, k) => {
        for (let bit = 0; bit < bits; bit++) {
          const at = k * bits + bit
          if (((position % m) >>> bit) & 1) words[i * perRow + (at >>> 5)]! |= 1 << (at & 31)
        }
      })
    })
    return { meta: words }
  },

  problem({ format, parts, length, rows, kept }) {
    const { n, m } = format
    const perRow = (length / m) * n
    const meta = parts['meta']
    if (length % m !== 0 || kept !== rows * perRow) return `its rows do not keep ${n} of every ${m}`
    if (!(meta instanceof Uint32Array) || meta.length !== rows * fieldWords(perRow, m))
      return 'its position fields have the wrong size'
    for (let row = 0; row < rows && perRow > 0; row++) {
      let last = -1
      let inOrder = true
      const stored = { format, parts: { values: meta, meta }, row, first: 0, end: perRow, length }
      hostNm.eachEntry(stored, (entry, position) => {
        const group = Math.floor(entry / n) * m
        inOrder &&= position > last && position < group + m
        last = position
      })
      if (!inOrder) return `row ${row} does not keep ${n} of every ${m}, in order`
    }
    return null
  },
}
