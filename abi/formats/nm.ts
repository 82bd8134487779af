/** `nm(n, m)` on the host: `meta`, for each kept entry its position in its m, low bits first, rows padded to a word. */
import type { FormatSpecOf } from '../manifest.ts'
import type { HostFormat } from './host-format.ts'

/** Bits that say which of m positions is kept. */
export const positionBits = (m: number): number => (m <= 2 ? 1 : 32 - Math.clz32(m - 1))

/** u32 words of the position fields of a row that keeps `kept`. */
export const fieldWords = (kept: number, m: number): number => Math.ceil((kept * positionBits(m)) / 32)

export const nm: HostFormat<FormatSpecOf<'nm'>> = {
  fields: ['n', 'm'],
  parts: ['meta'],
  perEntry: [],
  partLength: (_part, { format, rows, perRow }) => rows * fieldWords(perRow, format.m),
  eachEntry({ format: { n, m }, parts, row, first, end }, place) {
    const bits = positionBits(m)
    const base = row * fieldWords(end - first, m) * 32
    for (let i = 0; i < end - first; i++) place(first + i, Math.floor(i / n) * m + readBits(parts.meta, base + i * bits, bits))
  },
}

/** `count` bits from bit `start` on, low bits first; a field may lie across two words. */
function readBits(words: Uint32Array | undefined, start: number, count: number): number {
  const low = (words?.[start >>> 5] ?? 0) >>> (start & 31)
  const fromNext = (start & 31) + count - 32
  const high = fromNext > 0 ? (words?.[(start >>> 5) + 1] ?? 0) << (count - fromNext) : 0
  return (low | high) & ((1 << count) - 1)
}
