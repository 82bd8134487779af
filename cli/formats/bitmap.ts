/** `bitmap(w)` in files: every row marks as many positions as it stores, none of them behind its end. */
import { wordsPerRow } from '../../abi/formats/bitmap.ts'
import type { FormatSpecOf } from '../../abi/manifest.ts'
import type { StoredFormat } from './stored-format.ts'

export const bitmap: StoredFormat<FormatSpecOf<'bitmap'>> = {
  encode(rows, { width }, length) {
    const perRow = wordsPerRow(length, width)
    const words = new Uint32Array(rows.length * perRow)
    rows.forEach((row, i) => {
      for (const position of row) words[i * perRow + (position >>> 5)]! |= 1 << (position & 31)
    })
    return { words }
  },

  problem({ format, parts, length, rows, countOf }) {
    const perRow = wordsPerRow(length, format.width)
    const words = parts['words']
    if (words?.length !== rows * perRow) return 'its bitmap has the wrong size'
    for (let row = 0; row < rows && perRow > 0; row++) {
      let marked = 0
      for (let i = 0; i < perRow; i++) {
        const word = words[row * perRow + i]!
        const used = length - i * 32
        if (used < 32 && (used <= 0 ? word : word >>> used) !== 0) return `row ${row} of its bitmap marks elements behind its end`
        marked += ones(word)
      }
      if (marked !== countOf(row)) return `row ${row} marks ${marked} elements and stores ${countOf(row)}`
    }
    return null
  },
}

function ones(word: number): number {
  let rest = word
  let count = 0
  for (; rest !== 0; count++) rest &= rest - 1
  return count
}
