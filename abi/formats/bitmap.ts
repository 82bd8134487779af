/** `bitmap(w)` on the host: `words`, bit i of a row is bit i % 32 of word i / 32, rows padded to whole words of w bits. */
import type { FormatSpecOf } from '../manifest.ts'
import type { HostFormat } from './host-format.ts'

/** u32 words of a row of a bitmap. */
export const wordsPerRow = (length: number, width: number): number => Math.ceil(length / width) * (width / 32)

export const bitmap: HostFormat<FormatSpecOf<'bitmap'>> = {
  fields: ['width'],
  parts: ['words'],
  perEntry: [],
  partLength: (_part, { format, rows, length }) => rows * wordsPerRow(length, format.width),
  eachEntry({ format, parts, row, first, end, length }, place) {
    const perRow = wordsPerRow(length, format.width)
    let entry = first
    for (let i = 0; i < perRow && entry < end; i++) {
      let word = parts.words?.[row * perRow + i] ?? 0
      while (word !== 0 && entry < end) {
        place(entry++, i * 32 + 31 - Math.clz32(word & -word))
        word &= word - 1
      }
    }
  },
}
